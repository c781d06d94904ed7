// What a page of HTML does beyond what it is: opens what a link leads to, prints whole, filters.
(() => {
  const byId = (id) => document.getElementById(id);
  const form = byId("filter");

  // The place that the address names, unfolded.
  const reveal = () => {
    const place = byId(decodeURIComponent(location.hash.slice(1)));
    if (!place) return;
    if (form && place.closest("[hidden]")) form.reset();
    for (let at = place; at; at = at.parentElement)
      if (at.tagName === "DETAILS") at.open = true;
    place.scrollIntoView();
  };
  addEventListener("hashchange", reveal);
  addEventListener("click", (event) => {
    const link = event.target.closest('a[href^="#"]');
    if (link && link.getAttribute("href") === location.hash) setTimeout(reveal);
  });

  // Paper has no folds.
  let unfolded = [];
  addEventListener("beforeprint", () => {
    unfolded = [...document.querySelectorAll("details:not([open])")];
    for (const one of unfolded) one.open = true;
  });
  addEventListener("afterprint", () => {
    for (const one of unfolded) one.open = false;
  });

  if (form) {
    const failures = [...document.querySelectorAll(".failure")].map((place) => ({
      place, text: place.querySelector("summary").textContent.toLowerCase(),
    }));
    const clauses = [...document.querySelectorAll(".clause")].map((place) => ({
      place, text: place.querySelector("summary").textContent.toLowerCase(),
    }));
    const groups = [...document.querySelectorAll(".group")];
    const filter = () => {
      const words = byId("find").value.toLowerCase().split(/\s+/).filter(Boolean);
      const wanted = { verdict: byId("by-verdict").value, clause: byId("by-clause").value, call: byId("by-call").value };
      const chosen = Object.keys(wanted).filter((key) => wanted[key]);
      const any = words.length + chosen.length > 0;
      let shown = 0;
      for (const { place, text } of failures) {
        const fits = words.every((word) => text.includes(word)) &&
          chosen.every((key) => place.dataset[key] === wanted[key]);
        place.hidden = !fits;
        shown += fits;
      }
      for (const { place, text } of clauses)
        place.hidden = !words.every((word) => text.includes(word)) || (wanted.clause !== "" && place.id !== wanted.clause);
      for (const group of groups) {
        group.hidden = !group.querySelector(".failure:not([hidden])");
        group.open = any && !group.hidden;
      }
      byId("shown").textContent = any ? `${shown} of ${failures.length} failures` : "";
    };
    form.hidden = false;
    form.addEventListener("input", filter);
    form.addEventListener("reset", () => setTimeout(filter));
    form.addEventListener("submit", (event) => event.preventDefault());
    filter();
  }
  reveal();
})();
