// Puts the right element of Elsa Studio on the page that the address names, and keeps its links inside these pages.
// Studio's own addresses are used (workflows/definitions/{id}/edit, workflows/instances/{id}/view), because its code navigates to them.

const base = new URL(document.baseURI).pathname;

const pages = [
  { name: "definitions", path: /^workflows\/definitions\/?$/, element: "elsa-workflow-definition-list", title: "Workflows" },
  { name: "definitions", path: /^workflows\/definitions\/([^/]+)\/edit$/, element: "elsa-workflow-definition-editor", attribute: "definition-id", title: "Edit workflow" },
  { name: "instances", path: /^workflows\/instances\/?$/, element: "elsa-workflow-instance-list", title: "Runs" },
  { name: "instances", path: /^workflows\/instances\/([^/]+)\/view$/, element: "elsa-workflow-instance-viewer", attribute: "instance-id", title: "Run" },
];

/** The page an address inside Studio stands for, with the id in it; undefined for any other address. */
function pageOf(pathname) {
  const path = decodeURI(pathname.slice(base.length));
  for (const page of pages) {
    const match = page.path.exec(path);
    if (match) return { ...page, id: match[1] };
  }
  return undefined;
}

const open = (path) => location.assign(new URL(path, document.baseURI));
const edit = (id) => open(`workflows/definitions/${encodeURIComponent(id)}/edit`);
const view = (id) => open(`workflows/instances/${encodeURIComponent(id)}/view`);

/** Studio's code calls pushState for its own pages; each of ours holds one element, so another page is loaded instead. */
function followNavigation(current) {
  for (const method of ["pushState", "replaceState"]) {
    const original = history[method].bind(history);
    history[method] = (state, unused, url) => {
      const target = url === undefined || url === null ? undefined : new URL(url, document.baseURI);
      const page = target && pageOf(target.pathname);
      if (page && target.pathname !== location.pathname && (page.name !== current.name || page.id !== current.id)) setTimeout(() => location.assign(target), 50);
      else original(state, unused, url);
    };
  }
}

/** Links of Studio's panels start at the root of the server; its pages are below this one. */
function followLinks() {
  document.addEventListener("click", (event) => {
    const path = event.target.closest?.("#stage a[href]")?.getAttribute("href");
    if (!path?.startsWith("/workflows/")) return;
    event.preventDefault();
    event.stopPropagation();
    open(path.slice(1));
  }, true);
}

/**
 * Two answers of Elsa's protocol are "no" by an error status, which a browser logs as an error of the page: a feature that is not
 * installed (404) and a run that faulted (500). The first is answered here from the list, the second is asked for with 200.
 */
function quietFetch(features) {
  const original = window.fetch.bind(window);
  const feature = /\/elsa\/api\/features\/installed\/([^/?]+)$/;
  window.fetch = (input, init) => {
    const url = new URL(typeof input === "string" || input instanceof URL ? input : input.url, location.href);
    const name = feature.exec(url.pathname)?.[1];
    if (name && !features.has(decodeURIComponent(name))) return Promise.resolve(new Response(null, { status: 404 }));
    if (/\/elsa\/api\/workflow-definitions\/[^/]+\/execute$/.test(url.pathname)) {
      const headers = new Headers(init?.headers ?? (input instanceof Request ? input.headers : undefined));
      headers.set("X-Fault-Status", "200");
      return original(input, { ...init, headers });
    }
    return url.searchParams.has("OrderDirection") || init?.method === "POST" ? ordered(url, init).then((changed) => original(typeof input === "string" || input instanceof URL ? url : input, changed)) : original(input, init);
  };
}

/** Columns that Studio lets a person sort by without telling the server, and what the server calls them; by the others the server cannot sort either. */
const orders = { "Latest version": "Version", Created: "Created", Updated: "LastExecuted", Finished: "Finished" };

let order;

/** Follows which column a list is sorted by, and takes the arrow from a column that nothing sorts by. */
function followOrder() {
  document.addEventListener("click", (event) => {
    const label = event.target.closest?.("th .mud-table-sort-label");
    if (label) order = orders[label.textContent.trim()];
  }, true);
  new MutationObserver(() => {
    for (const label of document.querySelectorAll("th .mud-table-sort-label:not([data-seen])")) {
      label.dataset.seen = "";
      if (label.textContent.trim() !== "Name" && !orders[label.textContent.trim()]) label.classList.add("unsorted");
    }
  }).observe(document.body, { childList: true, subtree: true });
}

/** A list's request with the column it is sorted by. */
async function ordered(url, init) {
  if (order && url.pathname === "/elsa/api/workflow-definitions" && url.searchParams.has("OrderDirection") && !url.searchParams.has("OrderBy")) url.searchParams.set("OrderBy", order);
  if (!order || url.pathname !== "/elsa/api/workflow-instances" || !init?.body) return init;
  const body = await new Response(init.body).json();
  return { ...init, body: JSON.stringify({ ...body, orderBy: body.orderBy ?? order }) };
}

/** What Studio's elements show but is not here: trying one activity alone and the values for it, choosing when a run is stored (it always is), an activity's inner state (there is none), bringing in runs from elsewhere, the pages of its log module. */
function hideUnsupported(page) {
  const hide = {
    "elsa-workflow-definition-editor": () => {
      for (const tab of document.querySelectorAll("elsa-workflow-definition-editor .mud-tab"))
        if (["Test", "Commit Strategy"].includes(tab.textContent.trim())) tab.style.display = "none";
      for (const heading of document.querySelectorAll("elsa-workflow-definition-editor .mud-typography-overline"))
        if (["Commit Strategy", "Internal State"].includes(heading.textContent.trim()))
          for (const part of [heading.parentElement, heading.parentElement.nextElementSibling]) if (part) part.style.display = "none";
      for (const flask of document.querySelectorAll("elsa-workflow-definition-editor .mud-table tr line")) flask.closest("th, td").style.display = "none";
    },
    "elsa-workflow-instance-list": () => {
      for (const item of document.querySelectorAll(".mud-popover .mud-menu-item"))
        if (item.textContent.trim() === "Import") item.style.display = "none";
    },
    "elsa-workflow-instance-viewer": () => {
      for (const row of document.querySelectorAll("elsa-workflow-instance-viewer tr"))
        if (row.textContent.trim().startsWith("Structured Logs")) row.style.display = "none";
    },
  }[page.element];
  if (hide) new MutationObserver(hide).observe(document.body, { childList: true, subtree: true });
}

/** Studio's text fields show what is typed; a field whose help says that it is secret shows dots. */
function maskSecrets() {
  const mask = () => {
    for (const control of document.querySelectorAll("elsa-workflow-definition-editor .mud-input-control"))
      if (control.querySelector(".mud-input-helper-text")?.textContent.includes("Secret: masked"))
        for (const input of control.querySelectorAll("input[type=text], input:not([type])")) {
          input.type = "password";
          input.autocomplete = "off";
        }
  };
  new MutationObserver(mask).observe(document.body, { childList: true, subtree: true, attributes: true, attributeFilter: ["type"] });
}

/** Studio opens a graph at its own zero point; the whole of it is shown once, when it is there. */
function fitGraph(element) {
  const observer = new MutationObserver(() => {
    const fit = element.querySelector('button.mud-icon-button path[d^="M6,16h12V8H6V16z"]')?.closest("button");
    if (!fit || !element.querySelector(".x6-node")) return;
    observer.disconnect();
    setTimeout(() => fit.click(), 500);
  });
  observer.observe(element, { childList: true, subtree: true });
}

const json = { "Content-Type": "application/json" };

/** Retry and cancel beside the run, which Studio's viewer has no buttons for. */
async function runActions(id) {
  const place = document.getElementById("place");
  const state = await (await fetch(`/elsa/api/workflow-instances/${encodeURIComponent(id)}/execution-state`)).json();
  const button = (text, title, action) => {
    const made = document.createElement("button");
    made.textContent = text;
    made.title = title;
    made.addEventListener("click", async () => {
      made.disabled = true;
      const answer = await action();
      if (answer.ok) location.reload();
      else made.textContent = `${text}: ${answer.status}`;
    });
    return made;
  };
  place.replaceChildren();
  if (state.subStatus === "Faulted")
    place.append(button("Retry", "Run the steps that failed again", () =>
      fetch("/elsa/api/alterations/workflows/retry", { method: "POST", headers: json, body: JSON.stringify({ workflowInstanceIds: [id] }) })));
  if (state.status === "Running") {
    place.append(button("Cancel run", "Stop this run", () => fetch(`/elsa/api/cancel/workflow-instances/${encodeURIComponent(id)}`, { method: "POST" })));
    setTimeout(() => runActions(id).catch(() => {}), 3000);
  }
}

function fail(message) {
  const loading = document.getElementById("loading");
  loading.textContent = message;
  loading.classList.add("failed");
}

async function start() {
  const page = pageOf(location.pathname);
  if (!page) {
    location.replace(new URL("workflows/definitions", document.baseURI));
    return;
  }

  document.title = `${page.title} · Homelab.Workflows`;
  document.querySelector(`#bar [data-page="${page.name}"]`)?.setAttribute("aria-current", "page");

  const session = await fetch("/elsa/api/package/version", { headers: { Accept: "application/json" } });
  if (session.status === 401 || session.status === 403) {
    location.replace(`/sign-in?return=${encodeURIComponent(location.pathname + location.search)}`);
    return;
  }
  if (!session.ok) {
    fail(`The engine answered ${session.status} ${session.statusText}. Look at its log, then reload this page.`);
    return;
  }

  const installed = await (await fetch("/elsa/api/features/installed")).json();
  quietFetch(new Set(installed.items.map((item) => item.fullName)));
  hideUnsupported(page);
  followOrder();
  if (page.element === "elsa-workflow-definition-editor") maskSecrets();
  followNavigation(page);
  followLinks();
  await Blazor.start();
  await customElements.whenDefined(page.element);

  // The provider comes first: it tells the other elements where the engine is. The session's cookie authenticates.
  const provider = document.createElement("elsa-backend-provider");
  provider.setAttribute("remote-endpoint", new URL("/elsa/api", location.origin).href);
  document.body.append(provider);

  const element = document.createElement(page.element);
  if (page.attribute) element.setAttribute(page.attribute, page.id);
  element.editWorkflowDefinition = edit;
  element.viewWorkflowInstance = view;
  const stage = document.getElementById("stage");
  new MutationObserver((_, observer) => {
    if (!element.hasChildNodes()) return;
    document.getElementById("loading")?.remove();
    observer.disconnect();
  }).observe(element, { childList: true });
  if (page.attribute) fitGraph(element);
  stage.append(element);
  if (page.element === "elsa-workflow-instance-viewer") await runActions(page.id);
}

start().catch((error) => fail(`The designer could not be loaded: ${error?.message ?? error}. Reload this page; if it happens again, look at the engine's log.`));
