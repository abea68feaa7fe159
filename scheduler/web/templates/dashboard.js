async function refresh() {
  try {
    const page = await (await fetch(location.href)).text();
    const fresh = new DOMParser().parseFromString(page, "text/html").querySelector("main");
    document.querySelector("main").replaceWith(fresh);
    document.body.classList.remove("stale");
  } catch { document.body.classList.add("stale"); }
}
setInterval(refresh, 2000);
