// Run in the page: what a careful eye would see. Answers a list of sentences; an empty one is a page in order.
(targets) => {
  const problems = [];
  const width = document.documentElement.clientWidth;
  const style = (element) => getComputedStyle(element);
  const name = (element) => {
    const text = (element.textContent || element.value || "").trim().replace(/\s+/g, " ").slice(0, 50);
    const kind = typeof element.className === "string" && element.className ? `.${element.className.trim().split(/\s+/)[0]}` : "";
    return `<${element.localName}${kind}> “${text}”`;
  };
  const seen = (element) => element.checkVisibility({ opacityProperty: true, visibilityProperty: true, contentVisibilityAuto: true });
  const chain = function* (element) {
    for (let each = element; each && each !== document.documentElement; each = each.parentElement) yield each;
  };
  const has = (element, test) => [...chain(element)].some((each) => test(style(each)));
  const hidden = (element) => has(element, (css) => css.clipPath === "inset(50%)" || /^rect\(/.test(css.clip)); // for screen readers only
  const floats = (element) => has(element, (css) => css.position === "fixed" || css.position === "sticky");
  const scrolls = (css) => ["auto", "scroll"].includes(css.overflowX) || ["auto", "scroll"].includes(css.overflowY);
  const clips = (css) => css.overflowX !== "visible" || css.overflowY !== "visible";
  const shown = (element, box) => {
    let [l, r, t, b] = [box.left, box.right, box.top, box.bottom];
    for (const each of chain(element)) {
      if (each === document.body || !clips(style(each))) continue;
      const frame = each.getBoundingClientRect();
      [l, r, t, b] = [Math.max(l, frame.left), Math.min(r, frame.right), Math.max(t, frame.top), Math.min(b, frame.bottom)];
    }
    return { l, r, t, b, is: r - l > 1 && b - t > 1 };
  };

  const all = [...document.body.querySelectorAll("*")];
  if (document.documentElement.scrollWidth > width) {
    const widest = all.filter((element) => element.getBoundingClientRect().right > width + 1 && !has(element.parentElement, scrolls));
    const innermost = widest.filter((element) => !widest.some((other) => other !== element && element.contains(other)));
    problems.push(`wider than its window (${document.documentElement.scrollWidth}): ${innermost.slice(0, 3).map(name).join(", ")}`);
  }

  // --- Text: every line of every text node ---
  const lines = [];
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (walker.nextNode()) {
    const node = walker.currentNode;
    const element = node.parentElement;
    if (!node.data.trim() || ["script", "style", "option", "title", "noscript", "template"].includes(element.localName)) continue;
    if (!seen(element) || hidden(element)) continue;
    const range = document.createRange();
    range.selectNodeContents(node);
    for (const box of range.getClientRects()) if (box.width > 1 && box.height > 1) lines.push({ element, box, floats: floats(element) });
  }

  const cut = new Set();
  for (const { element, box } of lines) {
    let reachable = false;
    for (const each of chain(element)) {
      const css = style(each);
      const frame = each.getBoundingClientRect();
      if (scrolls(css) || each.matches("[data-simplebar], [class^=simplebar]")) reachable = true; // the desk's own scrolling
      if (reachable) break;
      const deliberate = css.textOverflow === "ellipsis" || css.webkitLineClamp !== "none";
      const clipsX = ["hidden", "clip"].includes(css.overflowX) && (box.right > frame.right + 1.5 || box.left < frame.left - 1.5);
      const clipsY = ["hidden", "clip"].includes(css.overflowY) && (box.bottom > frame.bottom + box.height / 4 || box.top < frame.top - box.height / 4);
      if ((clipsX || clipsY) && !deliberate && each !== document.body) cut.add(`cut text: ${name(element)} in ${name(each)}`);
      if (clipsX || clipsY) reachable = true;
    }
    const frame = element.closest("button, .button, .chip, .badge, label")?.getBoundingClientRect();
    if (frame && (box.right > frame.right + 1.5 || box.left < frame.left - 1.5)) cut.add(`text spills out: ${name(element)}`);
    if (!reachable && (box.right > width + 1 || box.left < -1) && box.bottom > 0) cut.add(`text leaves the window: ${name(element)}`);
  }
  problems.push(...cut);

  // A line's box is higher than its letters: a quarter above and below may meet another's.
  const shrunk = lines.map(({ element, box }) => {
    const { l, r, t, b, is } = shown(element, box);
    return { l: l + 1, r: r - 1, t: t + (b - t) / 4, b: b - (b - t) / 4, is };
  });
  const overlaps = new Set();
  for (let i = 0; i < lines.length; i += 1) {
    for (let j = i + 1; j < lines.length; j += 1) {
      const [a, b] = [shrunk[i], shrunk[j]];
      if (!a.is || !b.is || a.l >= b.r || b.l >= a.r || a.t >= b.b || b.t >= a.b) continue;
      if (lines[i].element === lines[j].element || lines[i].floats !== lines[j].floats) continue;
      overlaps.add(`text over text: ${name(lines[i].element)} and ${name(lines[j].element)}`);
    }
  }
  problems.push(...overlaps);
  if (!targets) return problems;

  // --- Targets: 44 px, as large as what answers to the finger ---
  const small = new Set();
  for (const element of document.querySelectorAll("a[href], button, input:not([type=hidden]), select, textarea, summary, [role=button]")) {
    if (!seen(element) || hidden(element) || element.disabled) continue;
    const label = element.labels?.[0] ?? (["radio", "checkbox", "file"].includes(element.type) ? element.closest("label") : null);
    const boxes = [element, ...(["radio", "checkbox", "file"].includes(element.type) && label ? [label] : [])].map((each) => each.getBoundingClientRect());
    const box = element.type === "file" ? boxes.sort((a, b) => b.height - a.height)[0] : boxes.at(-1); // drawn by its label, or by itself
    if (box.bottom < 0 || box.right < 0 || !box.width) continue; // a link that comes into view with the focus
    const css = style(element);
    const around = element.closest("p, li, dd, td, h1, h2, h3, .prose, legend, label");
    const inProse = css.display === "inline" && around && around.textContent.trim().length > element.textContent.trim().length + 2;
    if (inProse) continue;
    const stretched = [getComputedStyle(element, "::after"), getComputedStyle(element, "::before")].filter((pseudo) => pseudo.content !== "none" && pseudo.position === "absolute");
    const high = Math.max(box.height, ...stretched.map((pseudo) => parseFloat(pseudo.height) || 0));
    const wide = Math.max(box.width, ...stretched.map((pseudo) => parseFloat(pseudo.width) || 0));
    if (high < 43.5 || wide < 43.5) small.add(`small target ${Math.round(wide)} × ${Math.round(high)}: ${name(element)}`);
  }
  return [...problems, ...small];
};
