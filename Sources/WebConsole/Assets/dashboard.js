// Keeps the list of live sessions, and their screens, as they are.
"use strict";
(() => {
    const list = document.getElementById("sessions");
    const empty = document.getElementById("empty");
    const connection = document.getElementById("connection");
    const thumbnails = new Map();

    const state = (session) => {
        if (session.locked_by) return "locked by " + session.locked_by;
        if (session.held_commands.length) return "a command waits";
        return session.held ? "waits for a supervisor" : "";
    };
    const element = (name, attributes, ...children) => {
        const made = document.createElement(name);
        for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
        made.append(...children);
        return made;
    };
    const cardOf = (id) => [...list.children].find((card) => card.dataset.session === id);
    const link = (session) => "/sessions/" + encodeURIComponent(session.id);
    const card = (session) => element("article", { class: "card", "data-session": session.id },
        element("a", { class: "screen-link", href: link(session), tabindex: "-1", "aria-hidden": "true" },
            element("div", { class: "thumbnail", "data-thumbnail": session.id })),
        element("h2", {}, element("a", { href: link(session) },
            `${session.user} as ${session.account} on ${session.target}`)),
        element("p", { class: "state", "data-state": "" }),
        element("p", { class: "muted" }, `from ${session.from} · since `
            + `${session.started.slice(0, 19).replace("T", " ")} · by ${session.grant}`),
        element("p", { class: "muted", "data-watchers": "" }));

    const show = (session) => {
        let shown = cardOf(session.id);
        if (!shown) list.append(shown = card(session));
        shown.querySelector("[data-state]").textContent = state(session);
        const names = session.watchers.map((watcher) => watcher.name);
        shown.querySelector("[data-watchers]").textContent = names.length ? "watched by " + names.join(", ") : "";
        empty.hidden = true;
    };
    const remove = (id) => {
        thumbnails.get(id)?.close();
        thumbnails.delete(id);
        cardOf(id)?.remove();
        empty.hidden = list.children.length > 0;
    };

    const watchSessions = () => {
        const source = new EventSource("/v1/events/sessions");
        source.addEventListener("open", () => { connection.textContent = "live"; });
        source.addEventListener("error", () => {
            // Not tried again: nobody is signed in any more.
            if (source.readyState === EventSource.CLOSED) return setTimeout(() => location.reload(), 3000);
            connection.textContent = "the gateway does not answer; trying again";
        });
        source.addEventListener("denied", () => location.reload());
        source.addEventListener("snapshot", (message) => {
            const sessions = JSON.parse(message.data);
            const ids = new Set(sessions.map((session) => session.id));
            for (const card of [...list.children]) if (!ids.has(card.dataset.session)) remove(card.dataset.session);
            sessions.forEach(show);
        });
        for (const name of ["started", "changed"]) {
            source.addEventListener(name, (message) => show(JSON.parse(message.data)));
        }
        source.addEventListener("ended", (message) => remove(JSON.parse(message.data).id));
        return source;
    };

    // All small screens come in one stream: browsers open few connections to one host.
    const watchScreens = () => {
        const wall = new EventSource("/screens");
        wall.addEventListener("open", () => {
            for (const screen of thumbnails.values()) screen.blank();
        });
        wall.addEventListener("denied", () => wall.close());
        wall.addEventListener("news", (message) => {
            const news = JSON.parse(message.data);
            const place = cardOf(news.session)?.querySelector("[data-thumbnail]");
            if (!place || !news.screen) return;
            let screen = thumbnails.get(news.session);
            if (!screen) thumbnails.set(news.session, screen = new Screens.Screen(place, { limit: 9 }));
            screen.show(news.screen.columns, news.screen.rows, news.screen.change);
        });
        return wall;
    };
    Screens.whileSeen(() => list.dataset.screens === "true" ? [watchSessions(), watchScreens()] : [watchSessions()]);
})();
