// A field above the tables of the page of providers, which hides the rows that do not match.
const heading = document.querySelector("article h1");
const tables = [...document.querySelectorAll("article table")];
if (heading && heading.textContent.startsWith("Providers") && tables.length > 1) {
  const field = document.createElement("input");
  field.type = "search";
  field.className = "filter";
  field.placeholder = "Filter: a prefix, a name, a variable";
  field.setAttribute("aria-label", "Filter the providers");
  field.addEventListener("input", () => {
    const wanted = field.value.trim().toLowerCase();
    for (const table of tables) {
      let shown = 0;
      for (const row of table.tBodies[0].rows) {
        row.hidden = !row.textContent.toLowerCase().includes(wanted);
        shown += row.hidden ? 0 : 1;
      }
      const box = table.closest(".md-typeset__scrollwrap") ?? table;
      box.hidden = shown === 0;
      let title = box.previousElementSibling;
      while (title && title.tagName !== "H2") title = title.previousElementSibling;
      if (title) title.hidden = shown === 0;
    }
  });
  heading.after(field);
}
