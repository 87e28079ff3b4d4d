// Everything is on the page without this: it sorts, filters, and shows figures at once.
"use strict";
(() => {
  const all = (what, within = document) => Array.from(within.querySelectorAll(what));
  const wish = new URLSearchParams(location.hash.slice(1));
  const remember = (name, value) => {
    if (value) wish.set(name, value); else wish.delete(name);
    try { history.replaceState(null, "", wish.size ? "#" + wish : location.pathname + location.search); } catch { /* not everywhere allowed */ }
  };

  const value = (row, column) => {
    const cell = row.cells[column];
    return cell.dataset.v === undefined ? cell.textContent.trim() : Number(cell.dataset.v);
  };
  const compare = (a, b) => {
    // A cell without a figure goes last, whichever way.
    const [noA, noB] = [a === "—", b === "—"];
    if (noA || noB) return { last: noA - noB };
    return typeof a === "number" && typeof b === "number" ? a - b : String(a).localeCompare(String(b), "en", { numeric: true });
  };
  const sort = (table, column, down) => {
    const body = table.tBodies[0];
    const rows = Array.from(body.rows).map((row) => [value(row, column), row]);
    rows.sort(([a], [b]) => {
      const order = compare(a, b);
      return typeof order === "number" ? (down ? -order : order) : order.last;
    });
    body.append(...rows.map(([, row]) => row));
    all("thead th", table).forEach((head, at) => {
      if (at === column) head.setAttribute("aria-sort", down ? "descending" : "ascending");
      else head.removeAttribute("aria-sort");
    });
  };

  all("table.sortable").forEach((table) => {
    const heads = all("thead th", table);
    heads.forEach((head, at) => {
      const button = document.createElement("button");
      button.append(...head.childNodes);
      head.append(button);
      button.addEventListener("click", () => {
        const down = head.getAttribute("aria-sort") === "ascending";
        sort(table, at, down);
        remember("sort", (down ? "-" : "") + head.dataset.key);
      });
    });

    const tools = document.createElement("label");
    tools.className = "tools";
    // A handful of rows is read faster than a filter is filled in.
    tools.hidden = table.tBodies[0].rows.length < 6 && !wish.get("filter");
    const input = document.createElement("input");
    input.type = "search";
    input.placeholder = "all of these words";
    const count = document.createElement("span");
    tools.append("Filter", input, count);
    table.parentElement.before(tools);
    const filter = () => {
      const words = input.value.toLowerCase().split(/\s+/).filter(Boolean);
      const rows = Array.from(table.tBodies[0].rows);
      rows.forEach((row) => {
        const cells = Array.from(row.cells, (cell) => cell.textContent.toLowerCase());
        // A number is meant as a whole: 16 is not 4160.
        const has = (word) => cells.some((text) => /^\d+$/.test(word) ? text === word : text.includes(word));
        row.hidden = !words.every(has);
      });
      const left = rows.filter((row) => !row.hidden).length;
      count.textContent = words.length ? `${left} of ${rows.length} rows` : "";
    };
    input.addEventListener("input", () => { filter(); remember("filter", input.value); });
    if (wish.get("filter")) { input.value = wish.get("filter"); filter(); }

    const key = wish.get("sort");
    const column = key ? heads.findIndex((head) => head.dataset.key === key.replace(/^-/, "")) : -1;
    if (column >= 0) sort(table, column, key.startsWith("-"));
  });

  const choices = all(".chooser input");
  choices.forEach((choice) => {
    if (choice.value === wish.get("depth")) choice.checked = true;
    choice.addEventListener("change", () => remember("depth", choice.value));
  });

  // A browser shows a <title> after a second and never on touch; this shows it at once.
  const tip = document.createElement("div");
  tip.id = "tip";
  tip.hidden = true;
  document.body.append(tip);
  all("svg .target, svg.strip").forEach((shape) => {
    const title = shape.querySelector("title");
    if (!title) return;
    const says = title.textContent;
    const show = (event) => {
      title.textContent = "";
      tip.textContent = says;
      tip.hidden = false;
      const box = tip.getBoundingClientRect();
      const x = Math.min(Math.max(8, event.clientX - box.width / 2), innerWidth - box.width - 8);
      const above = event.clientY - box.height - 14;
      tip.style.left = x + "px";
      tip.style.top = (above < 8 ? event.clientY + 18 : above) + "px";
    };
    shape.addEventListener("pointerenter", show);
    shape.addEventListener("pointerdown", show);
    shape.addEventListener("pointerleave", () => { tip.hidden = true; title.textContent = says; });
  });

  addEventListener("beforeprint", () => all("details").forEach((one) => { one.open = true; }));
})();
