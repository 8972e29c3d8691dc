// Short code in text, such as the option --log, is not broken after a hyphen.
for (const code of document.querySelectorAll("article :is(p, li) > code")) {
  if (code.textContent.length <= 24) code.style.whiteSpace = "nowrap";
}
