"use strict";
// Sorts and filters the table of campaigns. Of a small run all rows are in the page and are only moved; of a
// large one they are made, a few hundred at a time, from the data beside the table. Text is only ever set as text.
(() => {
  const RESULTS = ["unknown", "rejected", "failed", "not attempted", "already active", "started"];
  const SYMBOLS = ["?", "\u2715", "!", "\u2013", "=", "\u2713"];
  const NUMBERS = new Set([0, 4, 5]);
  const STEP = 500;
  const byId = (id) => document.getElementById(id);
  const table = byId("table"), body = table.tBodies[0], status = byId("status"), more = byId("more");
  const find = byId("find"), result = byId("result"), account = byId("account");
  const blocks = document.querySelectorAll("script.rows");
  const lazy = blocks.length > 0;
  const compare = new Intl.Collator("en", { numeric: true, sensitivity: "base" }).compare;

  // A record is a row, or the values of one that is yet to be made. Its keys are what the columns sort by, its
  // text is what the filter looks through; both are made when they are first asked for.
  const ofRow = (row) => ({ row, values: null, keys: null, text: null });
  const ofData = (values) => ({ row: null, values, keys: null, text: null });
  function keysOf(record) {
    if (record.keys === null) {
      if (record.values) {
        const [rank, name, id, , whose, reason, , attempts, http, sent] = record.values;
        record.keys = [rank, name || id, whose, reason, attempts, http || 0, sent];
      } else {
        const texts = Array.from(record.row.cells, (cell) => cell.textContent);
        const word = record.row.cells[0].firstChild.lastChild.data.trim();
        record.keys = [RESULTS.indexOf(word), texts[1], texts[2], texts[3], Number(texts[4]), Number(texts[5]), texts[6]];
      }
    }
    return record.keys;
  }
  function textOf(record) {
    if (record.text === null) {
      const all = record.values ? record.values.slice(1, 7).join("\n") : record.row.textContent;
      record.text = all.toLowerCase();
    }
    return record.text;
  }

  function element(name, text, className) {
    const made = document.createElement(name);
    if (text !== undefined) made.textContent = text;
    if (className) made.className = className;
    return made;
  }
  function rowOf(record) {
    if (record.row) return record.row;
    const [rank, name, id, where, whose, reason, evidence, attempts, http, sent] = record.values;
    const row = element("tr"), cell = (tag, className) => row.appendChild(element(tag, undefined, className));
    const badge = cell("td").appendChild(element("span", undefined, "badge " + RESULTS[rank].replace(" ", "_")));
    const symbol = badge.appendChild(element("i", SYMBOLS[rank]));
    symbol.setAttribute("aria-hidden", "true");
    badge.append(" " + RESULTS[rank]);
    const what = cell("th");
    what.scope = "row";
    if (name) {
      what.appendChild(element("b")).appendChild(element("bdi", name));
      what.append(" ");
    }
    what.append(element("code", id), " ", element("small", where));
    cell("td").appendChild(element("bdi", whose));
    const why = cell("td");
    why.append(reason);
    if (evidence) why.append(" ", element("small", evidence));
    cell("td", "number").textContent = attempts || "";
    cell("td", "number").textContent = http === null ? "" : http;
    cell("td").textContent = sent;
    record.row = row;
    return row;
  }

  let records;
  if (lazy) {
    records = [];
    for (const block of blocks) {
      for (const values of JSON.parse(block.textContent)) records.push(ofData(values));
      block.remove();
    }
  } else {
    records = Array.from(body.rows, ofRow);
  }
  let shown = records, room = STEP, column = -1, down = false;

  function chosen() {
    const words = find.value.toLowerCase().split(/\s+/).filter(Boolean);
    const rank = result.value === "" ? -1 : Number(result.value), whose = account.value;
    return records.filter((record) => (rank < 0 || keysOf(record)[0] === rank)
      && (whose === "" || keysOf(record)[2] === whose)
      && words.every((word) => textOf(record).includes(word)));
  }
  function sorted(list) {
    if (column < 0) return list;
    const sign = down ? -1 : 1;
    const order = NUMBERS.has(column) ? (a, b) => a - b : column === 6 ? (a, b) => (a < b ? -1 : a > b ? 1 : 0) : compare;
    return list.slice().sort((a, b) => sign * order(keysOf(a)[column], keysOf(b)[column]));
  }
  function show() {
    const visible = lazy ? shown.slice(0, room) : shown;
    const fragment = document.createDocumentFragment();
    for (const record of visible) fragment.appendChild(rowOf(record));
    body.replaceChildren(fragment);
    more.hidden = visible.length === shown.length;
    const count = (number) => number.toLocaleString("en");
    status.textContent = (shown.length === records.length ? "" : count(shown.length) + " of ")
      + count(records.length) + " campaigns"
      + (visible.length < shown.length ? ", the first " + count(visible.length) + " shown" : "")
      + (column < 0 ? ", in the order of the plan" : "");
  }
  function refresh() {
    room = STEP;
    shown = sorted(chosen());
    show();
  }

  const heads = Array.from(table.tHead.rows[0].cells);
  heads.forEach((head, place) => {
    const button = element("button", head.textContent);
    button.type = "button";
    button.addEventListener("click", () => {
      // Up, down, and back to the order of the plan.
      if (column !== place) [column, down] = [place, false];
      else if (!down) down = true;
      else column = -1;
      heads.forEach((other, at) => other.setAttribute("aria-sort", at !== column ? "none" : down ? "descending" : "ascending"));
      refresh();
    });
    // On paper the words stand alone: browsers leave buttons out of a heading that is repeated on every page.
    head.replaceChildren(button, element("span", head.textContent, "paper"));
    head.setAttribute("aria-sort", "none");
  });

  let pending = 0;
  find.addEventListener("input", () => {
    clearTimeout(pending);
    pending = setTimeout(refresh, 80);
  });
  result.addEventListener("change", refresh);
  account.addEventListener("change", refresh);
  const controls = byId("controls");
  controls.addEventListener("submit", (event) => event.preventDefault());
  controls.addEventListener("reset", () => setTimeout(refresh));
  controls.hidden = false;
  more.firstChild.addEventListener("click", () => {
    room += STEP;
    show();
  });
  for (const link of document.querySelectorAll("a[data-result]")) {
    link.addEventListener("click", () => {
      const rank = String(RESULTS.indexOf(link.dataset.result));
      result.value = Array.from(result.options).some((option) => option.value === rank) ? rank : "";
      refresh();
    });
  }
  if (lazy) show();
  else status.textContent = records.length.toLocaleString("en") + " campaigns, in the order of the plan";
})();
