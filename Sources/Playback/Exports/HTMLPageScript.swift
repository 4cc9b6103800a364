/// The player in the page: it draws the frames of ``ScreenChunk`` at their times. Text of the recording reaches the
/// page through `textContent` alone.
enum HTMLPageScript {
    static let text = #"""

        "use strict";
        document.addEventListener("DOMContentLoaded", () => {
          const find = id => document.getElementById(id);
          const decode = element => JSON.parse(new TextDecoder().decode(
            Uint8Array.from(atob(element.textContent), character => character.charCodeAt(0))));
          const about = decode(find("about"));
          const chunks = [...document.querySelectorAll("script.chunk")];
          const starts = chunks.map(chunk => Number(chunk.dataset.start));
          const screen = find("screen"), cursor = document.createElement("div");
          cursor.id = "cursor";

          // The chunk that is read, its contents by number, and how many of its frames are applied.
          let loaded = -1, chunk = { f: [], s: [] }, contents = [], next = 0;
          // What each row shall show and what it shows, and where the cursor is.
          let wanted = [], drawn = [], rows = [], size = [0, 0, 0], place = [0, -1];
          let position = 0, playing = false, then = 0;

          function load(index) {
            loaded = index;
            chunk = decode(chunks[index]);
            contents = [];
            next = 0;
          }

          function apply([, row, column, changes, format]) {
            if (format) {
              size = format;
              wanted = new Array(format[1]).fill(null);
            }
            for (const [row, content, runs] of changes) {
              if (runs) contents[content] = { runs, styles: chunk.s };
              wanted[row] = contents[content];
            }
            place = [row, column];
          }

          function show(time) {
            if (chunks.length === 0) return;
            let index = starts.findLastIndex(start => start <= time);
            if (index < 0) return blank();
            if (index !== loaded || (next > 0 && chunk.f[next - 1][0] > time)) load(index);
            while (next < chunk.f.length && chunk.f[next][0] <= time) apply(chunk.f[next++]);
            draw();
          }

          function blank() {
            loaded = -1;
            // What will be shown first has a size already.
            const format = size[1] ? null : decode(chunks[0]).f[0][4];
            if (format) {
              size = format;
              wanted = new Array(format[1]).fill(null);
            }
            wanted = wanted.map(() => null);
            place = [0, -1];
            draw();
          }

          const ansi = ["#23272e", "#e06c75", "#98c379", "#e5c07b", "#61afef", "#c678dd", "#56b6c2", "#c3c8cf",
            "#6b7280", "#ff8a93", "#b5e08f", "#ffd98f", "#82c4ff", "#e09cf5", "#7fd7e2", "#ffffff"];
          function color(number, standard) {
            if (number < 0) return standard;
            if (number >= 1 << 24) return "#" + (number & 0xffffff).toString(16).padStart(6, "0");
            if (number < 16) return ansi[number];
            if (number > 231) return `rgb(${[0, 0, 0].fill(8 + (number - 232) * 10)})`;
            const level = step => (step === 0 ? 0 : 55 + 40 * step), cube = number - 16;
            return `rgb(${level(Math.floor(cube / 36))},${level(Math.floor(cube / 6) % 6)},${level(cube % 6)})`;
          }

          // The bits are those of TerminalAttributes. Concealed text is shown, faintly.
          const classes = [[1, "bold"], [2 | 128, "faint"], [4, "italic"], [8 | 16, "underline"], [256, "strike"]];
          function dress(span, [foreground, background, bits]) {
            let front = color(foreground, "var(--fg)"), back = color(background, "var(--bg)");
            if (bits & 64) [front, back] = [back, front];
            if (front !== "var(--fg)") span.style.color = front;
            if (back !== "var(--bg)") span.style.background = back;
            for (const [mask, name] of classes) if (bits & mask) span.classList.add(name);
          }

          function spans({ runs, styles }) {
            const made = [];
            for (const [text, style, columns, whole] of runs) {
              for (const piece of columns && !whole ? text : [text]) {
                const span = document.createElement("span");
                span.textContent = piece;
                dress(span, styles[style]);
                if (columns) {
                  span.classList.add("cell");
                  span.style.width = columns + "ch";
                }
                made.push(span);
              }
            }
            return made;
          }

          function draw() {
            if (rows.length !== size[1]) {
              rows = wanted.map(() => document.createElement("div"));
              for (const row of rows) row.className = "row";
              drawn = rows.map(() => null);
              screen.replaceChildren(...rows, cursor);
            }
            screen.style.minWidth = size[0] + "ch";
            screen.classList.toggle("reversed", size[2] === 1);
            rows.forEach((row, index) => {
              if (wanted[index] === drawn[index]) return;
              drawn[index] = wanted[index];
              row.replaceChildren(...(wanted[index] ? spans(wanted[index]) : []));
            });
            cursor.hidden = place[1] < 0;
            cursor.style.left = `calc(0.5em + ${place[1]}ch)`;
            cursor.style.top = `${0.5 + place[0] * 1.25}em`;
          }

          // When the screen changes next, or the end.
          function nextChange() {
            if (loaded < 0) return starts.length > 0 ? starts[0] : about.duration;
            if (next < chunk.f.length) return chunk.f[next][0];
            return loaded + 1 < starts.length ? starts[loaded + 1] : about.duration;
          }

          const clock = time => {
            const seconds = Math.floor(time / 1000), two = value => String(value).padStart(2, "0");
            const minutes = Math.floor(seconds / 60), rest = two(seconds % 60);
            return minutes < 60 ? `${minutes}:${rest}` : `${Math.floor(minutes / 60)}:${two(minutes % 60)}:${rest}`;
          };

          function update() {
            show(position);
            find("clock").textContent = clock(position);
            find("seek").value = position;
            find("play").textContent = playing ? "Pause" : "Play";
          }

          function seek(time) {
            position = Math.max(0, Math.min(time, about.duration));
            update();
          }

          function tick(now) {
            if (!playing) return;
            position += Math.max(0, now - then) * Number(find("speed").value);
            const rested = next > 0 && loaded >= 0 ? position - chunk.f[next - 1][0] : position;
            if (find("idle").checked && rested > 1000 && nextChange() > position) position = nextChange();
            then = now;
            if (position >= about.duration) playing = false;
            seek(position);
            requestAnimationFrame(tick);
          }

          function toggle() {
            playing = !playing;
            if (playing && position >= about.duration) position = 0;
            then = performance.now();
            update();
            requestAnimationFrame(tick);
          }

          function step() {
            playing = false;
            seek(nextChange());
          }

          function toMark(isForward) {
            const times = about.marks.map(mark => mark[0]);
            const time = isForward
              ? times.find(time => time > position) : times.findLast(time => time < position - 500);
            seek(time === undefined ? (isForward ? about.duration : 0) : time);
          }

          function changeSpeed(by) {
            const speed = find("speed");
            speed.selectedIndex = Math.max(0, Math.min(speed.selectedIndex + by, speed.length - 1));
          }

          const keys = {
            " ": toggle, ".": step, "[": () => toMark(false), "]": () => toMark(true),
            ArrowLeft: () => seek(position - 5000), ArrowRight: () => seek(position + 5000),
            ArrowUp: () => changeSpeed(1), ArrowDown: () => changeSpeed(-1),
            Home: () => seek(0), End: () => seek(about.duration),
            i: () => { find("idle").checked = !find("idle").checked; },
          };
          document.addEventListener("keydown", event => {
            const action = keys[event.key];
            if (!action || event.ctrlKey || event.altKey || event.metaKey) return;
            event.preventDefault();
            action();
          });
          find("play").addEventListener("click", toggle);
          find("seek").addEventListener("input", event => seek(Number(event.target.value)));
          // Keys stay the player's.
          for (const id of ["play", "seek", "speed", "idle"]) {
            find(id).addEventListener("change", event => event.target.blur());
            find(id).addEventListener("click", event => { if (id !== "speed") event.currentTarget.blur(); });
          }

          document.title = about.title;
          find("title").textContent = about.title;
          find("facts").textContent = `${about.name} · ${about.started} · channel ${about.channel}`;
          find("verification").textContent = `when exported: ${about.verification}`;
          find("verification").classList.toggle("bad", !about.sound);
          find("seek").max = about.duration;
          find("end").textContent = clock(about.duration);
          for (const [time, label] of about.marks) {
            const tick = document.createElement("i");
            tick.style.left = (about.duration > 0 ? 100 * time / about.duration : 0) + "%";
            find("ticks").append(tick);
            const entry = document.createElement("li"), button = document.createElement("button");
            button.textContent = `${clock(time)}  ${label}`;
            button.addEventListener("click", () => seek(time));
            entry.append(button);
            find("marks").append(entry);
          }
          // file.html#t=12.5 begins at that second.
          const asked = Number(new URLSearchParams(location.hash.slice(1)).get("t"));
          seek(Number.isFinite(asked) ? asked * 1000 : 0);
        });

        """#
}
