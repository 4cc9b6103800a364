// Shows rows of the audit log as they are written.
"use strict";
(() => {
    const rows = document.getElementById("rows");
    const connection = document.getElementById("connection");
    if (rows.dataset.after === undefined) return;
    const cell = (text, name) => {
        const made = document.createElement("td");
        made.textContent = text;
        if (name) made.className = name;
        return made;
    };
    const row = (event) => {
        const made = document.createElement("tr");
        if (event.code.endsWith("W")) made.className = "alarm";
        const code = document.createElement("a");
        code.href = "/audit?code=" + encodeURIComponent(event.code);
        code.textContent = event.code;
        const codeCell = cell("");
        codeCell.append(code);
        made.append(
            cell(event.sequence, "number"), cell(event.time.slice(0, 19).replace("T", " ")), codeCell,
            cell(event.actor), cell(event.text));
        return made;
    };
    const source = new EventSource("/v1/events/audit?after=" + rows.dataset.after);
    source.addEventListener("open", () => { connection.textContent = "live"; });
    source.addEventListener("error", () => { connection.textContent = "the gateway does not answer; trying again"; });
    source.addEventListener("denied", () => location.reload());
    source.addEventListener("row", (message) => {
        rows.prepend(row(JSON.parse(message.data)));
        while (rows.children.length > 2000) rows.lastChild.remove();
    });
})();
