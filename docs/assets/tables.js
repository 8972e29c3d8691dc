// The name of its column for each cell, which a phone shows where rows are blocks.
for (const table of document.querySelectorAll("article table")) {
  const names = [...(table.tHead?.rows[0]?.cells ?? [])].map((cell) => cell.textContent.trim());
  for (const row of table.tBodies[0]?.rows ?? []) {
    [...row.cells].forEach((cell, column) => {
      if (names[column]) cell.dataset.label = names[column];
    });
  }
}
