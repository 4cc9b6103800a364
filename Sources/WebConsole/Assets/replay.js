// The player of a recording. It gets stretches of screens as it needs them, and plays them by its own clock.
"use strict";
(() => {
    const page = (name) => document.getElementById(name);
    const id = encodeURIComponent(page("replay").dataset.recording);
    const screen = new Screens.Screen(page("screen"));
    const longestPause = 2e6;
    let overview, channel, lines = [];
    // What is played: frames that are there, in order, and where the next ones begin.
    let frames = [], shown = -1, next = null, loading = null, generation = 0;
    let position = 0, isPlaying = false, speed = 1, skips = true, last = 0;

    const clock = (time) => {
        const seconds = Math.floor(time / 1e6);
        const two = (number) => String(number).padStart(2, "0");
        const hours = Math.floor(seconds / 3600);
        return (hours ? hours + ":" + two(Math.floor(seconds / 60) % 60) : String(Math.floor(seconds / 60)))
            + ":" + two(seconds % 60);
    };
    const trouble = (error) => { page("trouble").textContent = error.message; };

    // Frames from a time on, in place of those that are there.
    const load = async (time) => {
        const own = ++generation;
        const stretch = await Screens.get(`/recordings/${id}/screens?channel=${channel}&from=${Math.floor(time)}`);
        if (own !== generation) return;
        frames = stretch.frames;
        next = stretch.next ?? null;
        shown = -1;
        loading = null;
        screen.blank();
        draw();
    };
    const loadMore = () => {
        if (loading || next === null) return;
        const own = generation;
        loading = Screens.get(`/recordings/${id}/screens?channel=${channel}&from=${next}`).then((stretch) => {
            if (own !== generation) return;
            loading = null;
            // What was played is of no more use.
            frames = frames.slice(Math.max(0, shown));
            shown = Math.min(shown, 0);
            frames.push(...stretch.frames);
            next = stretch.next ?? null;
        }).catch((error) => { if (own === generation) { loading = null; pause(); trouble(error); } });
    };
    const draw = () => {
        let index = shown;
        while (index + 1 < frames.length && frames[index + 1].time <= position) index++;
        if (index < 0) index = frames.length ? 0 : -1;
        for (let at = shown + 1; at <= index; at++) screen.show(frames[at].columns, frames[at].rows, frames[at].change);
        shown = Math.max(shown, index);
    };
    const nextMoment = () => shown + 1 < frames.length ? frames[shown + 1].time : next;

    const show = () => {
        page("clock").textContent = `${clock(position)} / ${clock(overview.duration)}`;
        page("seek").value = String(position);
        page("seek").setAttribute("aria-valuetext", clock(position));
        follow();
    };
    const tick = (now) => {
        if (!isPlaying) return;
        const elapsed = Math.min(now - last, 250) * 1000 * speed;
        last = now;
        const moment = nextMoment();
        if (moment === null && position >= overview.duration) pause();
        position += elapsed;
        if (skips && moment !== null && moment - position > longestPause) position = moment - 300000;
        if (skips && moment === null) position = overview.duration;
        // Never past what is there.
        if (next !== null && position >= next && shown >= frames.length - 1) position = next;
        position = Math.min(position, overview.duration);
        draw();
        if (frames.length - shown < 60) loadMore();
        show();
        requestAnimationFrame(tick);
    };
    const play = () => {
        if (isPlaying) return;
        if (position >= overview.duration) return seek(0).then(play);
        isPlaying = true;
        page("play").textContent = "Pause";
        last = performance.now();
        requestAnimationFrame(tick);
    };
    const pause = () => {
        isPlaying = false;
        page("play").textContent = "Play";
    };
    const seek = async (time) => {
        position = Math.max(0, Math.min(time, overview.duration));
        show();
        try {
            await load(position);
            show();
        } catch (error) { trouble(error); }
    };

    // MARK: around the screen
    const item = (line) => {
        const made = document.createElement("li");
        const button = document.createElement("button");
        button.type = "button";
        button.className = line.kind;
        button.textContent = line.text || " ";
        button.title = clock(line.time);
        button.addEventListener("click", () => seek(line.time));
        made.append(button);
        line.element = button;
        return made;
    };
    let current = null;
    const follow = () => {
        let low = 0, high = lines.length;
        while (low < high) {
            const middle = (low + high) >> 1;
            if (lines[middle].time <= position) low = middle + 1; else high = middle;
        }
        const element = lines[low - 1]?.element ?? null;
        if (element === current) return;
        current?.classList.remove("now");
        element?.classList.add("now");
        current = element;
        const list = page("transcript");
        if (element && isPlaying && !list.hidden) {
            list.scrollTop = element.offsetTop - list.clientHeight / 2;
        }
    };
    const ticks = (place, times) => {
        place.replaceChildren(...times.map((time) => {
            const tick = document.createElement("i");
            tick.style.left = (time / Math.max(1, overview.duration) * 100) + "%";
            return tick;
        }));
    };
    const drawActivity = () => {
        const canvas = page("activity");
        canvas.width = canvas.clientWidth;
        const context = canvas.getContext("2d");
        const most = Math.max(1, ...overview.activity);
        const width = (canvas.width - 16) / overview.activity.length;
        context.clearRect(0, 0, canvas.width, canvas.height);
        context.fillStyle = getComputedStyle(document.documentElement).getPropertyValue("--accent");
        overview.activity.forEach((count, index) => {
            if (!count) return;
            const height = 4 + Math.log1p(count) / Math.log1p(most) * (canvas.height - 4);
            context.fillRect(8 + index * width, canvas.height - height, Math.max(1, width - 1), height);
        });
    };
    const choose = async (number) => {
        pause();
        const query = number === undefined ? "" : `?channel=${number}`;
        overview = await Screens.get(`/recordings/${id}/overview${query}`);
        channel = overview.channel;
        page("seek").max = String(overview.duration);
        page("channels").replaceChildren(...(overview.channels.length < 2 ? [] : overview.channels.map((one) => {
            const tab = document.createElement("button");
            tab.type = "button";
            tab.role = "tab";
            tab.textContent = one.label;
            tab.setAttribute("aria-selected", String(one.number === channel));
            tab.addEventListener("click", () => choose(one.number).then(() => seek(one.opened)).catch(trouble));
            return tab;
        })));
        const marks = overview.marks.filter((mark) => mark.channel === channel || mark.channel === 0);
        ticks(page("marks"), marks.slice(0, 2000).map((mark) => mark.time));
        const isFile = (mark) => mark.label.startsWith("file ");
        page("events").replaceChildren(...overview.marks.filter((mark) => !isFile(mark)).slice(0, 5000)
            .map((mark) => item({ time: mark.time, kind: "shown", text: `${clock(mark.time)}  ${mark.label}` })));
        page("files").replaceChildren(...overview.marks.filter(isFile).slice(0, 5000)
            .map((mark) => item({ time: mark.time, kind: "shown", text: `${clock(mark.time)}  ${mark.label.slice(5)}` })));
        if (overview.sealedFor) {
            page("sealed").hidden = false;
            page("sealed").textContent = "What was typed is sealed to " + overview.sealedFor.join(", ");
        }
        drawActivity();
        lines = [];
        current = null;
        page("transcript").replaceChildren();
        const own = channel;
        Screens.get(`/recordings/${id}/transcript?channel=${channel}`).then((transcript) => {
            if (own !== channel) return;
            lines = transcript.lines;
            page("transcript").replaceChildren(...lines.map(item));
            if (transcript.isCut) {
                const more = document.createElement("li");
                more.className = "note";
                more.textContent = "more is in sallyport recording transcript";
                page("transcript").append(more);
            }
            ticks(page("typed"), lines.filter((line) => line.kind === "typed").slice(0, 2000).map((line) => line.time));
            follow();
        }).catch(trouble);
    };

    const when = async (text, query) => (await Screens.get(`/recordings/${id}/find?channel=${channel}`
        + `&text=${encodeURIComponent(text)}${query}`)).time ?? null;
    // The next place where the screen showed it, and from the start again after the last.
    const find = async () => {
        const needle = page("needle").value;
        for (const line of lines) line.element.classList.remove("hit");
        page("hits").textContent = "";
        if (!needle) return;
        for (const line of lines) {
            if (line.text.toLowerCase().includes(needle.toLowerCase())) line.element.classList.add("hit");
        }
        document.querySelector("#transcript .hit")?.scrollIntoView({ block: "nearest" });
        let time = await when(needle, `&after=${Math.floor(position)}`);
        if (time === null) time = await when(needle, "");
        page("hits").textContent = time === null ? "never shown" : "shown at " + clock(time);
        if (time !== null) await seek(time);
    };
    page("search").addEventListener("submit", (event) => {
        event.preventDefault();
        pause();
        find().catch(trouble);
    });
    for (const tab of document.querySelectorAll("[data-pane]")) {
        tab.addEventListener("click", () => {
            for (const one of document.querySelectorAll("[data-pane]")) {
                one.setAttribute("aria-selected", String(one === tab));
                page(one.dataset.pane).hidden = one !== tab;
            }
        });
    }

    const jump = (forward) => {
        const times = overview.marks.filter((mark) => mark.channel === channel).map((mark) => mark.time);
        const time = forward ? times.find((one) => one > position + 1000)
            : times.findLast((one) => one < position - 500000);
        if (time !== undefined) seek(time);
        else if (!forward) seek(0);
    };
    const pace = (by) => {
        const select = page("speed");
        select.selectedIndex = Math.max(0, Math.min(select.options.length - 1, select.selectedIndex + by));
        speed = Number(select.value);
    };
    const toggle = () => { if (isPlaying) pause(); else play(); };
    page("play").addEventListener("click", toggle);
    page("back").addEventListener("click", () => jump(false));
    page("forward").addEventListener("click", () => jump(true));
    page("speed").addEventListener("change", () => { speed = Number(page("speed").value); });
    page("idle").addEventListener("change", () => { skips = page("idle").checked; });
    page("seek").addEventListener("input", () => {
        position = Number(page("seek").value);
        show();
    });
    page("seek").addEventListener("change", () => seek(Number(page("seek").value)));
    const unfold = (button, place) => {
        place.hidden = !place.hidden;
        button.setAttribute("aria-expanded", String(!place.hidden));
    };
    page("help").addEventListener("click", () => unfold(page("help"), page("keys")));
    page("seal").addEventListener("click", () => unfold(page("seal"), page("seal-text")));
    const keys = {
        " ": toggle, "[": () => jump(false), "]": () => jump(true), "?": () => page("help").click(),
        ArrowUp: () => pace(1), ArrowDown: () => pace(-1), Home: () => seek(0), End: () => seek(overview.duration),
        i: () => page("idle").click(), "/": () => page("needle").focus(),
        ".": () => { const moment = nextMoment(); if (moment !== null) seek(moment); },
    };
    document.addEventListener("keydown", (event) => {
        const name = event.target.tagName;
        const isField = (name === "INPUT" && event.target.type !== "range" && event.target.type !== "checkbox")
            || name === "SELECT";
        if (!overview || isField || event.ctrlKey || event.altKey || event.metaKey) return;
        // Buttons are pressed by the space bar.
        if (event.key === " " && name === "BUTTON") return;
        const step = event.shiftKey ? 60e6 : 5e6;
        const act = event.key === "ArrowLeft" ? () => seek(position - step)
            : event.key === "ArrowRight" ? () => seek(position + step) : keys[event.key];
        if (!act) return;
        event.preventDefault();
        act();
    });
    addEventListener("resize", () => { if (overview) drawActivity(); });

    Screens.get(`/recordings/${id}/verification`).then((found) => {
        const seal = page("seal");
        seal.textContent = found.isSound ? (found.word === "complete" ? "verified" : "verified so far") : "DOES NOT VERIFY";
        seal.classList.add(found.isSound ? "ok" : "bad");
        page("seal-text").textContent = `${found.text}. Every byte of the session file was read and its chain and `
            + `signatures were checked with the gateway's key ${found.signer}. To check it without trusting this gateway: `
            + "sallyport recording verify FILE --public-key KEY.pub";
        if (!found.isSound) page("seal-text").hidden = false;
    }).catch(trouble);

    const wanted = new URLSearchParams(location.hash.slice(1));
    choose(wanted.has("c") ? Number(wanted.get("c")) : undefined)
        .then(async () => {
            let time = wanted.has("t") ? Number(wanted.get("t")) * 1e6 : 0;
            if (wanted.has("q")) time = await when(wanted.get("q"), `&before=${Math.ceil(time) + 1}`) ?? time;
            await seek(time);
        })
        .then(() => { if (!wanted.has("t")) play(); }).catch(trouble);
})();
