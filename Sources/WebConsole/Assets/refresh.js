// Keeps a part of a page as the server would write it now, unless somebody is in it with the keyboard.
"use strict";
(() => {
    const part = () => document.querySelector("[data-refresh]");
    const seconds = Number(part()?.dataset.refresh);
    if (!seconds) return;
    const look = async () => {
        const shown = part();
        if (document.hidden || shown.contains(document.activeElement)) return;
        const response = await fetch(location.href, { headers: { "X-Sallyport-Unasked": "1" } });
        if (response.redirected) return location.reload();
        if (!response.ok) return;
        // A document made this way runs nothing and loads nothing.
        const fresh = new DOMParser().parseFromString(await response.text(), "text/html")
            .querySelector("[data-refresh]");
        if (fresh && fresh.innerHTML !== shown.innerHTML) shown.replaceWith(document.adoptNode(fresh));
    };
    setInterval(() => look().catch(() => {}), seconds * 1000);
})();
