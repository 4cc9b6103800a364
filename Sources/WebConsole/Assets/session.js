// Watches a session, and does to it what the viewer may.
"use strict";
(() => {
    const stage = document.getElementById("session");
    const id = stage.dataset.session;
    const path = "/v1/sessions/" + encodeURIComponent(id);
    const state = document.getElementById("state");
    const notice = document.getElementById("notice");
    const others = document.getElementById("others");
    const tabs = document.getElementById("channels");
    const held = document.getElementById("held");
    const acknowledge = document.querySelector('[data-act="acknowledge"]');
    const screen = new Screens.Screen(document.getElementById("screen"));
    let source, channel, watcher, isOver = false, live = null, status = null;

    const tell = () => {
        if (isOver) state.textContent = "over";
        else if (live?.locked_by) state.textContent = "locked by " + live.locked_by;
        else if (live?.held_commands.length) state.textContent = "a command waits";
        else if (status?.held || live?.held) state.textContent = "input held: no supervisor";
        else state.textContent = "live";
        state.classList.toggle("calm", state.textContent === "live");
        const names = (status?.others ?? []).map((one) => one.name);
        others.textContent = names.length ? "also watching: " + names.join(", ") : "";
        acknowledge.hidden = isOver || !status?.supervises
            || (status.acknowledge_within === undefined && !status.held);
        if (!acknowledge.hidden && status.acknowledge_within !== undefined) {
            acknowledge.textContent = `I am watching (${status.acknowledge_within} s)`;
        }
        for (const button of stage.querySelectorAll("[data-act]")) if (isOver) button.disabled = true;
    };

    const showTabs = (news) => {
        if (news.channels.length < 2) return tabs.replaceChildren();
        tabs.replaceChildren(...news.channels.map((one) => {
            const tab = document.createElement("button");
            tab.type = "button";
            tab.role = "tab";
            tab.textContent = one.label;
            tab.setAttribute("aria-selected", String(one.number === news.channel));
            tab.addEventListener("click", () => {
                channel = one.number;
                watch();
            });
            return tab;
        }));
    };

    const showHeld = (commands) => {
        held.replaceChildren(...commands.map((command) => {
            const panel = document.createElement("div");
            panel.className = "panel";
            const text = document.createElement("p");
            const code = document.createElement("code");
            code.textContent = command.command;
            text.append(`waits by rule ${command.rule}: `, code);
            const answer = (name, approve, look) => {
                const button = document.createElement("button");
                button.type = "button";
                button.className = look;
                button.textContent = name;
                button.addEventListener("click", () => {
                    Screens.send(path + "/commands", { approve, number: command.number })
                        .catch((error) => { notice.textContent = error.message; });
                });
                return button;
            };
            const bar = document.createElement("div");
            bar.className = "bar";
            bar.append(answer("Let it run", true, "main"), answer("Deny", false, "danger"));
            panel.append(text, bar);
            return panel;
        }));
    };

    const watch = () => {
        source?.close();
        screen.blank();
        source = new EventSource(`/sessions/${encodeURIComponent(id)}/screen`
            + (channel === undefined ? "" : `?channel=${channel}`));
        source.addEventListener("open", () => screen.blank());
        source.addEventListener("denied", () => location.reload());
        source.addEventListener("trouble", (message) => {
            source.close();
            state.textContent = "not live";
            notice.textContent = JSON.parse(message.data).message;
        });
        source.addEventListener("error", () => {
            if (isOver) return;
            if (source.readyState === EventSource.CLOSED) return setTimeout(() => location.reload(), 3000);
            state.textContent = "the gateway does not answer";
        });
        source.addEventListener("news", (message) => {
            const news = JSON.parse(message.data);
            watcher = news.watcher ?? watcher;
            join.hidden = !news.joins || isOver;
            status = news.status ?? status;
            if (news.screen) screen.show(news.screen.columns, news.screen.rows, news.screen.change);
            if (news.notice) notice.textContent = news.notice;
            showTabs(news);
            if (news.isOver) {
                isOver = true;
                source.close();
                list?.close();
            }
            tell();
        });
    };

    // Whether it is locked, and what waits, is told by the list of sessions.
    let list;
    const take = (session) => {
        if (session.id !== id) return;
        live = session;
        showHeld(session.held_commands);
        tell();
    };
    const listen = () => {
        list = new EventSource("/v1/events/sessions");
        list.addEventListener("snapshot", (message) => JSON.parse(message.data).forEach(take));
        list.addEventListener("changed", (message) => take(JSON.parse(message.data)));
    };

    const dialog = document.getElementById("dialog");
    const part = (name) => document.getElementById("dialog-" + name);
    const acts = {
        lock: { title: "Lock the session", text: "Nothing that is typed reaches the target; its user is told why.",
            label: "Reason", button: "Lock", act: (text) => Screens.send(path + "/lock", { reason: text }) },
        message: { title: "Show a message", text: "It appears on the user's terminal.", label: "Message",
            button: "Show", check: true,
            act: (text, check) => Screens.send(path + "/message", { text, must_acknowledge: check }) },
        kill: { title: "End the session", text: "Both connections are cut at once.", label: "Reason",
            button: "End it", look: "danger", act: (text) => Screens.send(path + "/kill", { reason: text }) },
    };
    const ask = (name) => {
        const act = acts[name];
        part("title").textContent = act.title;
        part("text").textContent = act.text;
        part("label").textContent = act.label;
        part("do").textContent = act.button;
        part("do").className = act.look ?? "main";
        part("check-label").hidden = !act.check;
        part("check").checked = false;
        part("problem").textContent = "";
        part("input").value = "";
        dialog.dataset.act = name;
        dialog.showModal();
        part("input").focus();
    };
    dialog.querySelector("form").addEventListener("submit", async (event) => {
        event.preventDefault();
        try {
            await acts[dialog.dataset.act].act(part("input").value, part("check").checked);
            dialog.close();
        } catch (error) {
            part("problem").textContent = error.message;
        }
    });
    part("cancel").addEventListener("click", () => dialog.close());

    // Keys go one after the other, whatever the way there takes.
    const join = document.querySelector('[data-act="join"]');
    let isTyping = false, typed = "", sending = null;
    const sendKeys = async () => {
        while (typed) {
            const bytes = new TextEncoder().encode(typed.slice(0, 200));
            typed = typed.slice(200);
            const answer = await Screens.send(`${path}/watchers/${watcher}/input`,
                { keys: btoa(String.fromCharCode(...bytes)) });
            if (!answer.arrived) notice.textContent = "what you type is dropped while the session is locked or held";
        }
        sending = null;
    };
    screen.terminal.onData((keys) => {
        if (!isTyping) return;
        typed += keys;
        sending ??= sendKeys().catch((error) => {
            [typed, sending] = ["", null];
            notice.textContent = error.message;
        });
    });
    const typeAlong = () => {
        isTyping = !isTyping;
        screen.terminal.options.disableStdin = !isTyping;
        join.setAttribute("aria-pressed", String(isTyping));
        join.textContent = isTyping ? "Stop typing" : "Type along";
        if (isTyping) screen.terminal.focus(); else screen.terminal.blur();
    };

    const act = (name) => {
        const button = stage.querySelector(`[data-act="${name}"]`);
        if (!button || button.hidden || button.disabled) return;
        if (name === "join") return typeAlong();
        if (acts[name]) return ask(name);
        const sent = name === "unlock" ? Screens.send(path + "/unlock")
            : Screens.send(`${path}/watchers/${watcher}`, { acknowledges: true });
        sent.catch((error) => { notice.textContent = error.message; });
    };
    stage.addEventListener("click", (event) => {
        const name = event.target.closest("[data-act]")?.dataset.act;
        if (name) act(name);
    });
    document.addEventListener("keydown", (event) => {
        if (dialog.open || isTyping || event.ctrlKey || event.altKey || event.metaKey) return;
        const name = { l: "lock", u: "unlock", m: "message", k: "kill", a: "acknowledge" }[event.key];
        if (!name) return;
        event.preventDefault();
        act(name);
    });
    // What is opened is this page's own: another channel opens another stream.
    Screens.whileSeen(() => {
        if (isOver) return [];
        watch();
        listen();
        return [{ close: () => { source.close(); list.close(); } }];
    });
})();
