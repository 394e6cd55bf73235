/* Tables that sort and filter. Without this script everything reads just as well: it adds
   buttons and fields, asks nobody for anything and remembers nothing. */
"use strict";
{
  const collator = new Intl.Collator("en", { numeric: true, sensitivity: "base" });

  /* The exact value where the shown one was rounded; a figure that is missing is NaN. */
  const textIn = (cell) => cell.dataset.value ?? cell.textContent;
  const numberIn = (cell) => {
    const text = textIn(cell);
    if (/^\d{4}-\d\d-/.test(text)) return Date.parse(text);
    return parseFloat(text.replace(/\u2212/g, "-").replace(/[$,+<]/g, ""));
  };

  const byNumber = (a, b, sign) => {
    const [x, y] = [numberIn(a), numberIn(b)];
    return isNaN(x) || isNaN(y) ? isNaN(x) - isNaN(y) : sign * (x - y);
  };
  const byText = (a, b, sign) => sign * collator.compare(textIn(a), textIn(b));

  /* Rows of periods came in the order of time. */
  const sorted = (rows, at, order, head) => {
    if (head.classList.contains("t")) return order === "ascending" ? rows : [...rows].reverse();
    const compare = head.classList.contains("n") ? byNumber : byText;
    const sign = order === "ascending" ? 1 : -1;
    return [...rows].sort((a, b) => compare(a.cells[at], b.cells[at], sign));
  };

  /* Each press: first the order that a reader looks for, then the other, then as it came. */
  const makeSortable = (table, groups, others) => {
    const heads = [...table.tHead.rows[0].cells];
    const caption = table.caption.textContent;
    heads.forEach((head, at) => {
      const orders = ["ascending", "descending"];
      if (head.matches(".n, .t")) orders.reverse();
      const button = document.createElement("button");
      button.type = "button";
      button.append(...head.childNodes);
      head.append(button);
      button.addEventListener("click", () => {
        const order = orders[orders.indexOf(head.ariaSort) + 1];
        heads.forEach((each) => each.removeAttribute("aria-sort"));
        if (order) head.setAttribute("aria-sort", order);
        const now = order ? sorted(groups, at, order, head) : groups;
        table.tBodies[0].append(...now, ...others);
        table.caption.textContent = order
          ? caption + "; now by " + button.textContent.toLowerCase() + ", " + order
          : caption;
      });
    });
  };

  const makeFilterable = (table, rows) => {
    const tools = document.createElement("p");
    const label = document.createElement("label");
    const field = document.createElement("input");
    const found = document.createElement("span");
    tools.className = "tools";
    found.setAttribute("role", "status");
    field.type = "search";
    field.autocomplete = "off";
    field.placeholder = "Filter";
    field.setAttribute("aria-label", "Filter: " + table.caption.textContent);
    field.addEventListener("input", () => {
      const wanted = field.value.trim().toLowerCase();
      rows.forEach((row) => { row.hidden = !row.cells[0].textContent.toLowerCase().includes(wanted); });
      const n = rows.filter((row) => !row.hidden).length;
      const whole = table.tFoot ? "; the last line is of all" : "";
      found.textContent = wanted ? n + " of " + rows.length + " rows" + whole : "";
    });
    label.append(field);
    tools.append(label, found);
    table.parentElement.before(tools);
  };

  for (const table of document.querySelectorAll("table")) {
    const rows = [...table.tBodies[0].rows];
    const others = rows.filter((row) => row.classList.contains("other"));
    const groups = rows.filter((row) => !others.includes(row));
    if (groups.length > 1) makeSortable(table, groups, others);
    if (groups.length > 7) makeFilterable(table, rows);
  }

  /* Whoever follows a link to a table wants to see it open. */
  const unfold = () => {
    const target = document.getElementById(location.hash.slice(1));
    target?.closest("article")?.querySelector("details")?.setAttribute("open", "");
  };
  addEventListener("hashchange", unfold);
  unfold();
}
