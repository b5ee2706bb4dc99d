// What the theme leaves out for people without a mouse and for screen readers.
"use strict";
document.querySelector(".md-search")?.setAttribute("aria-label", "Search");
const reachable = () => {
  for (const one of document.querySelectorAll(".md-typeset__scrollwrap:not([tabindex]), .md-typeset pre > code:not([tabindex])")) {
    one.tabIndex = 0; // it scrolls, so the keyboard has to get there
  }
};
reachable();
new MutationObserver(reachable).observe(document.body, { childList: true, subtree: true });
