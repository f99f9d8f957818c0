/*
Copyright: (c) 2026, The portcullis.tcp_wrappers authors
GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
SPDX-License-Identifier: GPL-3.0-or-later
*/
"use strict";
(function () {
  var data = JSON.parse(document.getElementById("data").textContent);
  var byId = function (id) { return document.getElementById(id); };
  // What cannot be seen, and marks that turn the direction of text, are shown by their numbers.
  var odd = /[\p{C}\p{Zl}\p{Zp}]/gu;
  function clean(value) {
    return String(value === null || value === undefined ? "" : value).replace(odd, function (c) { return "\\u" + ("000" + c.codePointAt(0).toString(16)).slice(c.length > 1 ? -5 : -4); });
  }
  function el(tag, cls) { var node = document.createElement(tag); if (cls) { node.className = cls; } return node; }
  // What came from a host stands alone in its element, so that letters written from right to left do not move what stands beside them.
  function own(value, tag, cls) { var node = el(tag || "bdi", cls); node.textContent = clean(value); return node; }
  // Text is ours, an array holds values of a host, and the rest are elements.
  function say(parent) {
    var node = typeof parent === "string" ? el(parent) : parent;
    for (var i = 1; i < arguments.length; i++) {
      var part = arguments[i];
      if (typeof part === "string") { node.appendChild(document.createTextNode(part)); }
      else if (Array.isArray(part)) { part.forEach(function (value, at) { if (at) { node.appendChild(document.createTextNode(", ")); } node.appendChild(own(value)); }); }
      else if (part) { node.appendChild(part); }
    }
    return node;
  }
  function text(words_, tag, cls) { return say(el(tag, cls), words_); }
  function many(n, one, more_) { return n + " " + (n === 1 ? one : more_); }
  function list(parent, items) { var ul = el("ul", "list"); items.forEach(function (i) { say(ul, i); }); return say(parent, ul); }
  function entry(dl, name) { return say(dl, text(name, "dt"), say.apply(null, ["dd"].concat(Array.prototype.slice.call(arguments, 2)))); }

  // Words, letters and marks of what the tables say and of who asks them.
  var letters = { granted: "G", denied: "D", partly: "P", delegated: "T", aborted: "A" };
  var words = { granted: "granted", denied: "denied", partly: "granted to some", delegated: "answered by a twist command", aborted: "refused, the process exits" };
  var guard = { enforced: "enforced", twice: "checked twice", nobody: "not enforced", unknown: "not known whether enforced", rules_only: "named only by rules", local: "reachable only from the host itself" };
  var verdicts = {
    enforced: "The tables are enforced.", twice: "The tables are enforced, and each connection is checked twice.",
    nobody: "Nothing enforces the tables: every client that reaches its port is served.", unknown: "It is not known whether anything enforces the tables.",
    rules_only: "It is named only by rules.", local: "Nothing enforces the tables, but only the host itself can reach it."
  };
  var flags = { enforced: "", twice: "2", nobody: "!", unknown: "?", rules_only: "", local: "" };
  var changeKinds = {
    gained: "Gets in now", unmet: "Assertion broken", unguarded: "No guard any more", unreadable: "Tables unreadable", unreached: "Not reached", "finding-new": "New finding", "service-new": "New service",
    lost: "Kept out now", met: "Assertion holds again", guarded: "Guarded", readable: "Tables readable", reached: "Reached", "finding-gone": "Finding gone", "service-gone": "Service gone", "host-new": "New host", "host-gone": "Host gone"
  };
  var everybody = /^(0\.0\.0\.0\/0|::\/0)( |$)/;

  function answerOf(cell, i) { var n = cell.answers[i]; return n === null || n === undefined ? null : data.answers[n]; }
  // A stranger who is granted is never green: all clients of the world, and each of them is let in.
  function exposed(answer) { return answer && answer.shown === "granted" && everybody.test(answer.asked || ""); }
  function told(answer) {
    if (exposed(answer)) { return "granted to strangers"; }
    return answer.shown === "partly" ? answer.access + " to some, " + answer.other.access + " to others" : words[answer.shown] || answer.shown;
  }
  function summary(host, daemon, cell) {
    var parts = [host.name + ", " + daemon + ": " + guard[cell.guard]];
    data.clients.forEach(function (client, i) { var a = answerOf(cell, i); parts.push(client + " " + (a ? told(a) : "not asked")); });
    if (cell.guard === "nobody") { parts[0] += ", so the rules have no effect"; }
    if (cell.open === true) { parts.push("strangers are served"); }
    if (cell.reads === false) { parts.push("cannot read the tables"); }
    return parts.join("; ");
  }
  function tag(answer) { var access = answer ? answer.shown : "none"; return text(letters[access] || "-", "span", "tag " + (exposed(answer) ? "exposed" : access)); }
  function tags(cell) {
    var nodes = data.clients.map(function (_client, i) { return tag(answerOf(cell, i)); });
    if (cell.reads === false) { nodes.push(text("\u2715", "span", "flag")); }
    if (flags[cell.guard]) { nodes.push(text(flags[cell.guard], "span", "flag")); }
    if (cell.open === true && cell.guard !== "nobody") { nodes.push(text("open", "span", "flag alarm")); }
    return nodes;
  }

  // What the table is filtered and sorted by.
  data.hosts.forEach(function (host) {
    host.cells = host.cells || {}; host.findings = host.findings || []; host.assertions = host.assertions || []; host.errors = host.errors || {}; host.refused = host.refused || 0;
    host.errors_found = host.findings.filter(function (n) { return data.findings[n].severity === "error"; }).length;
    host.unmet = host.assertions.filter(function (a) { return a.met === false; }).length;
    host.opens = 0;
    var parts = [host.name], open = false, nobody = false, unreadable = false;
    Object.keys(host.cells).forEach(function (d) {
      var cell = host.cells[d]; parts.push(data.daemons[d]);
      if (cell.guard === "nobody") { nobody = true; }
      if (cell.reads === false) { unreadable = true; }
      if (cell.open === true) { open = true; host.opens++; }
      cell.answers.forEach(function (n) { if (n !== null && n !== undefined) { parts.push(data.answers[n].rule); } });
    });
    host.findings.forEach(function (n) { parts.push(data.findings[n].code, data.findings[n].message); });
    host.text = parts.join("\n").toLowerCase();
    host.is = { unmet: host.unmet > 0, error: host.errors_found > 0, nobody: nobody, unreadable: unreadable, open: open, unreachable: !host.reachable, failed: Object.keys(host.errors).length > 0 };
  });
  // Daemons with trouble stand left: how many hosts have some with each.
  var trouble = data.daemons.map(function (_daemon, d) {
    var sum = 0;
    data.hosts.forEach(function (host) { var cell = host.cells[d]; if (cell) { sum += (cell.open === true ? 1000 : 0) + (cell.guard === "nobody" ? 100 : 0) + (cell.reads === false ? 10 : 0) + (cell.guard === "unknown" ? 1 : 0); } });
    return sum;
  });
  function byName(a, b) { return data.daemons[a] < data.daemons[b] ? -1 : 1; }
  var named = data.daemons.map(function (_d, i) { return i; }).sort(byName);
  var sorted = named.slice().sort(function (a, b) { return trouble[b] - trouble[a] || byName(a, b); }), order = sorted;
  var byNameOfHost = {}; data.hosts.forEach(function (host) { byNameOfHost[host.name] = host; });

  // Findings.
  var rank = { error: 0, warning: 1, info: 2 };
  function worst(a, b) { return rank[data.findings[a].severity] - rank[data.findings[b].severity]; }
  function kindOf(f) { return (f.code || "finding").replace(/[_-]/g, " "); }
  function link(words_, address) { var a = text(words_, "a"); a.href = address; a.rel = "noreferrer"; return a; }
  function placeOfFinding(f) { return f.path ? say(el("span", "soft"), " (", [f.path], (f.line ? " line " + f.line : "") + ")") : null; }
  function findingItem(n) {
    var f = data.findings[n], li = say("li", text(f.severity, "span", "severity " + f.severity), link(kindOf(f), f.help), ": ", [f.message], placeOfFinding(f));
    if (f.remedy) { say(li, say(el("p", "soft"), [f.remedy])); }
    return li;
  }
  function hostLinks(names, most) {
    var span = el("span");
    names.slice(0, most).forEach(function (name, at) { say(span, at ? ", " : "", hostLink(name)); });
    if (names.length > most) { say(span, " and " + (names.length - most) + " more"); }
    return span;
  }
  function hostLink(name) {
    var host = byNameOfHost[name];
    if (!host) { return own(name); }
    var button = say(el("button", "inline"), [name]); button.type = "button"; button.onclick = function () { openHost(host, button); };
    return button;
  }
  function drawFindings() {
    var where = {}, kinds = {};
    data.hosts.forEach(function (h) { h.findings.forEach(function (n) { (where[n] = where[n] || []).push(h.name); }); });
    Object.keys(where).forEach(function (n) { var f = data.findings[n], key = f.severity + "\n" + f.code; (kinds[key] = kinds[key] || []).push(Number(n)); });
    var all = Object.keys(kinds).sort(function (a, b) { return worst(kinds[a][0], kinds[b][0]) || kinds[b].length - kinds[a].length; });
    all.forEach(function (key) { say(byId("findings"), kindItem(kinds[key], where)); });
    if (!all.length) { say(byId("findings"), text("none", "li")); }
  }
  function kindItem(numbers, where) {
    var f = data.findings[numbers[0]], hosts_ = {}, li = el("li");
    numbers.forEach(function (n) { where[n].forEach(function (name) { hosts_[name] = true; }); });
    var names = Object.keys(hosts_).sort();
    say(li, say("p", text(f.severity, "span", "severity " + f.severity), say("b", link(kindOf(f), f.help)), say(el("span", "soft"), " on " + many(names.length, "host", "hosts") + ": "), hostLinks(names, 8)));
    numbers.sort(function (a, b) { return where[b].length - where[a].length; });
    say(li, oneFinding(numbers[0]));
    if (numbers.length > 1) {
      var fold = say("details", text(many(numbers.length - 1, "other of this kind", "others of this kind"), "summary")), items = el("ul", "list");
      numbers.slice(1, 101).forEach(function (n) { say(items, say("li", oneFinding(n), say(el("p", "soft"), hostLinks(where[n], 8)))); });
      if (numbers.length > 101) { say(items, text("The other " + (numbers.length - 101) + " are in fleet.json, and in the cells and hosts above.", "li")); }
      say(li, say(fold, items));
    }
    return li;
  }
  function oneFinding(n) {
    var f = data.findings[n], p = say(el("div", "one"), say("p", [f.message], placeOfFinding(f)));
    if (f.remedy) { say(p, say(el("p", "soft"), [f.remedy])); }
    return p;
  }

  // One cell, and one host, in a dialog.
  function decided(one) {
    if (!one.path) { return say("span", one.access + ", for no rule matches"); }
    return say("span", one.access + " by ", [one.path], " line " + one.line + " ", own(one.rule, "code"));
  }
  function openDetail(title, fill, from) {
    var body = byId("detail-body"), dialog = byId("detail"); body.textContent = "";
    title.id = "detail-title"; say(body, title); fill(body);
    if (!dialog.open) { dialog.showModal(); }
    dialog.scrollTop = 0; byId("close").focus();
    dialog.onclose = function () { if (from && from.isConnected) { from.focus(); } };
  }
  function placeOf(place) {
    var node = say("span", (place.kind || "service") + (place.runs_as ? ", as " : ""), place.runs_as ? [place.runs_as] : null);
    if (place.listens.length) { say(node, ", on ", place.listens); }
    if (place.path) { say(node, ", set up in ", [place.path], place.line ? " line " + place.line : ""); }
    if (place.packet_filter) { say(node, "; packet filter for its port: " + place.packet_filter); }
    if (place.remedy) { say(node, ". ", [place.remedy]); }
    return node;
  }
  function openCell(host, d, from) {
    var cell = host.cells[d];
    openDetail(say("h2", [data.daemons[d]], " on ", [host.name]), function (body) {
      say(body, text(verdicts[cell.guard], "p", "verdict " + cell.guard));
      var dl = el("dl");
      if (cell.evidence) { entry(dl, "How we know", [cell.evidence]); }
      cell.places.forEach(function (n) { entry(dl, "Service", placeOf(data.places[n])); });
      if (cell.guard !== "rules_only") { entry(dl, "A stranger", cell.open === true ? "is served" : cell.open === false ? "is not served" : "not known"); }
      if (cell.reads !== null || cell.guard === "enforced" || cell.guard === "twice") { entry(dl, "Reads the tables", cell.reads === true ? "yes" : cell.reads === false ? "no, it cannot" : "not known"); }
      say(body, dl);
      if (cell.guard === "nobody") { say(body, text("The decision of the rules, if they were enforced:", "p")); }
      data.clients.forEach(function (client, i) { sayAnswer(body, client, answerOf(cell, i)); });
      var others = host.findings.filter(function (n) { return cell.findings.indexOf(n) < 0; });
      say(body, text("Findings about it", "h3"));
      if (cell.findings.length) { list(body, cell.findings.slice().sort(worst).map(findingItem)); } else { say(body, text("none", "p")); }
      if (others.length) { list(say(body, say("details", text(many(others.length, "other finding", "other findings") + " on this host", "summary"))).lastChild, others.sort(worst).map(findingItem)); }
    }, from);
  }
  function sayAnswer(body, client, a) {
    say(body, say("h3", tag(a), [client], a && a.asked ? say(el("span", "soft"), " ", [a.asked]) : null));
    if (!a) { say(body, text("not asked", "p")); return; }
    if (a.other) {
      say(body, say("p", [a.address || "an unknown address"], " is ", decided(a)));
      say(body, say("p", "Counterexample: ", [a.other.address || "an unknown address"], " is ", decided(a.other)));
    } else {
      say(body, say("p", decided(a)));
      if (a.proved) { say(body, text("Proved: every client of the group gets this answer.", "p", "soft")); }
    }
    var rests = a.depends.concat(a.other ? a.other.depends : []);
    if (rests.length) { say(body, say("p", "It rests on: ", rests)); }
  }
  function assertionItem(a) {
    var li = say("li", say("b", a.met === false ? "unmet: " : a.met === true ? "met: " : "asked: "), [a.asked || a.daemon + " from " + a.address], a.expect ? " must be " + a.expect : "", a.met === false ? "; counterexample: " : a.met && a.asked && a.asked.indexOf("/") > 0 ? "; proved, for example " : "; ");
    return say(li, [a.address || "an unknown address"], " is ", decided(a));
  }
  function openHost(host, from) {
    openDetail(say("h2", [host.name]), function (body) {
      if (!host.reachable) { say(body, text("This host was not reached.", "p")); return; }
      var dl = el("dl"); entry(dl, "Rules read as", [host.dialect || "not known"]); entry(dl, "Refused connections", String(host.refused));
      if (host.logs.since) { entry(dl, "Refusals since", host.logs.since); }
      entry(dl, "Logs read", (host.logs.sources || []).length ? host.logs.sources.slice(0, 6) : "none", (host.logs.sources || []).length > 6 ? " and more" : "");
      if ((host.logs.problems || []).length) { entry(dl, "Logs not read", host.logs.problems); }
      say(body, dl);
      var parts = Object.keys(host.errors).sort();
      if (parts.length) { say(body, text("Parts of the audit that failed", "h3")); list(body, parts.map(function (p) { return say("li", p + ": ", [host.errors[p]]); })); }
      say(body, text("Assertions", "h3"));
      var by = function (a) { return a.met === false ? 0 : a.met === true ? 1 : 2; };
      if (host.assertions.length) { list(body, host.assertions.slice().sort(function (a, b) { return by(a) - by(b); }).map(assertionItem)); } else { say(body, text("Nothing was asserted about this host: say in audit_assertions what must hold.", "p")); }
      if (host.refused_clients.length) { say(body, text("Refused most often", "h3")); list(body, host.refused_clients.map(function (c) { return say("li", [c.client], ": " + many(c.count, "time", "times") + ", last ", [c.last || "not known"]); })); }
      say(body, text("Findings", "h3"));
      if (host.findings.length) { list(body, host.findings.slice().sort(worst).map(findingItem)); } else { say(body, text("none", "p")); }
      if (host.more) { say(body, text("and " + host.more + " more of these kinds", "p", "soft")); }
    }, from);
  }

  // The table of hosts by daemons.
  function head() {
    var tr = say("tr", text("Host", "th")); tr.firstChild.scope = "col";
    order.forEach(function (d) { var th = say("th", [data.daemons[d]]); th.scope = "col"; say(tr, th); });
    byId("matrix").tHead.textContent = ""; say(byId("matrix").tHead, tr);
  }
  function row(host, number) {
    var tr = el("tr"), th = el("th"), button = say(el("button", "host"), [host.name]); th.scope = "row"; button.type = "button"; button.tabIndex = -1;
    button.dataset.at = number + ",0"; button.onclick = function () { openHost(host, button); };
    if (!host.reachable) { button.setAttribute("aria-label", clean(host.name) + ", not reached"); }
    say(tr, say(th, button));
    if (host.unmet) { say(th, text(host.unmet + " unmet", "span", "tag unmet")); }
    if (host.errors_found) { say(th, text(many(host.errors_found, "error", "errors"), "span", "tag error")); }
    if (host.is.failed) { say(th, text("in part", "span", "tag error")); }
    if (!host.reachable) { var td = text("not reached", "td"); td.colSpan = Math.max(1, order.length); return say(tr, td); }
    order.forEach(function (d, i) {
      var td = el("td"), cell = host.cells[d];
      if (cell) {
        var b = el("button", "cell " + cell.guard + (cell.open === true ? " open" : "")); b.type = "button"; b.tabIndex = -1; b.dataset.at = number + "," + (i + 1);
        b.setAttribute("aria-label", clean(summary(host, data.daemons[d], cell)));
        tags(cell).forEach(function (t) { say(b, t); });
        b.onclick = function () { openCell(host, d, b); };
        td.dataset.daemon = clean(data.daemons[d]); say(td, b);
      }
      say(tr, td);
    });
    return tr;
  }
  // A thousand hosts are drawn as they come into sight, so that the page opens at once; printing draws them all.
  var step = 60, hosts = [], at = 0;
  function more(limit) {
    var body = byId("matrix").tBodies[0], part = document.createDocumentFragment(), end = Math.min(hosts.length, at + limit);
    for (; at < end; at++) { part.appendChild(row(hosts[at], at)); }
    body.appendChild(part);
    var start = body.querySelector("button");
    if (start && !body.querySelector("[tabindex='0']")) { start.tabIndex = 0; }
    byId("matrix").dataset.hosts = String(hosts.length);
  }
  // A few hosts, and any number of them on paper, have their daemons one after the other: no line is too wide.
  function cards(on) { byId("matrix").className = on ? "cards" : ""; }
  function sizeOf(by) {
    return { worst: function (h) { return -1000 * h.rank + Math.min(999, h.opens * 10 + h.unmet); }, findings: function (h) { return h.findings.length; }, unmet: function (h) { return h.unmet; }, refused: function (h) { return h.refused; } }[by];
  }
  function draw() {
    var words_ = byId("search").value.toLowerCase().trim(), show = byId("show").value, by = byId("sort").value, only = byId("daemon").value, size = sizeOf(by);
    hosts = data.hosts.filter(function (h) { return (!show || h.is[show]) && (!only || h.cells[only]) && (!words_ || h.text.indexOf(words_) >= 0); });
    hosts.sort(function (a, b) { return size && size(b) - size(a) || (a.name < b.name ? -1 : a.name > b.name ? 1 : 0); });
    var used = {}; hosts.forEach(function (h) { Object.keys(h.cells).forEach(function (d) { used[d] = true; }); });
    order = (by === "name" ? named : sorted).filter(function (d) { return only ? String(d) === only : used[d]; });
    byId("count").textContent = hosts.length + " of " + many(data.hosts.length, "host", "hosts") + (hosts.length || !data.hosts.length ? "" : ": no host fits what you chose above");
    byId("matrix").parentNode.hidden = !hosts.length;
    document.querySelectorAll("button.total").forEach(function (b) { b.setAttribute("aria-pressed", String(b.dataset.show === show)); });
    byId("matrix").tBodies[0].textContent = "";
    byId("matrix").parentNode.scrollTop = 0;
    cards(hosts.length <= 3);
    head();
    at = 0;
    more(step);
  }
  byId("matrix").parentNode.onscroll = function () { if (at < hosts.length && this.scrollTop + this.clientHeight > this.scrollHeight - 800) { more(step); } };
  var unfolded = [];
  window.onbeforeprint = function () { more(hosts.length); cards(true); unfolded = Array.from(document.querySelectorAll("details:not([open])")); unfolded.forEach(function (d) { d.open = true; }); };
  window.onafterprint = function () { cards(hosts.length <= 3); unfolded.forEach(function (d) { d.open = false; }); };
  byId("matrix").addEventListener("keydown", function (event) {
    var place = event.target.dataset && event.target.dataset.at, move = { ArrowUp: [-1, 0], ArrowDown: [1, 0], ArrowLeft: [0, -1], ArrowRight: [0, 1] }[event.key];
    if (!place || !move) { return; }
    var y = Number(place.split(",")[0]), x = Number(place.split(",")[1]), next = null;
    for (var steps = 0; steps < 2000 && !next; steps++) { y += move[0]; x += move[1]; if (x < 0 || y < 0 || x > order.length || y >= hosts.length) { break; }
      if (y >= at - 1) { more(step); } next = this.querySelector('[data-at="' + y + "," + x + '"]'); }
    if (next) { event.preventDefault(); event.target.tabIndex = -1; next.tabIndex = 0; next.focus(); }
  });

  // The verdict and the totals.
  function count(show) { return data.hosts.filter(function (h) { return h.is[show]; }).length; }
  function total(name, value, show, quiet) {
    var box = el(show === null ? "div" : "button", "total" + (value && show && !quiet ? " alarm" : ""));
    if (show !== null) { box.type = "button"; box.dataset.show = show; box.onclick = function () { byId("show").value = show; draw(); byId("count").scrollIntoView({ block: "nearest" }); }; }
    say(byId("totals"), say("li", say(box, text(String(value), "b"), text(name, "span"))));
  }
  function drawTotals() {
    var t = data.totals, verdict = byId("verdict"), hosts_ = function (show, one, more_) { var n = count(show); total(n === 1 ? one : more_, n, show); };
    say(verdict, [data.verdict]);
    verdict.className = t.open || t.unmet ? "bad" : t.unreachable || t.failed || !t.assertions || count("nobody") ? "unsure" : "";
    total(data.hosts.length === 1 ? "host" : "hosts", data.hosts.length, "");
    hosts_("open", "serves strangers", "serve strangers");
    if (t.assertions) { hosts_("unmet", "breaks an assertion", "break an assertion"); } else { total("asserted", "nothing", null); }
    hosts_("nobody", "lacks a guard", "lack a guard");
    hosts_("error", "has errors", "have errors");
    hosts_("unreachable", "not reached", "not reached");
    if (count("failed")) { hosts_("failed", "audited in part", "audited in part"); }
    total(t.refused === 1 ? "refusal" : "refusals", t.refused, null);
  }

  // What changed: a line for each kind, those that let somebody in first; equal changes once, with their hosts.
  function changeItem(c) {
    var first = c.hosts.slice(0, c.count > 3 ? 2 : 3);
    var hosts_ = say(el("span", "soft"), c.count > 1 ? ", on " + c.count + " hosts: " : ", on ", hostLinks(first, 3), c.count > first.length ? " and " + (c.count - first.length) + " more" : "");
    return say("li", say("b", changeKinds[c.kind] || c.kind), ": ", c.daemon ? [c.daemon] : null, c.daemon ? ": " : "", [c.text], hosts_);
  }
  // One kind, with its daemons, those with the most changes first, and all of it folded.
  function changeKind(groups) {
    if (groups.length === 1) { return changeItem(groups[0]); }
    var sums = {}, all = 0, items = el("ul", "list"), summary_ = el("summary");
    groups.forEach(function (c) { var name = c.daemon || ""; sums[name] = (sums[name] || 0) + c.count; all += c.count; });
    var names = Object.keys(sums).filter(Boolean).sort(function (a, b) { return sums[b] - sums[a] || (a < b ? -1 : 1); });
    say(summary_, say("b", changeKinds[groups[0].kind] || groups[0].kind), ": " + many(all, "time", "times"));
    names.slice(0, 3).forEach(function (name, i) { say(summary_, i ? ", " : "; ", [name], " " + sums[name]); });
    if (names.length > 3) { say(summary_, " and " + (names.length - 3) + " more"); }
    groups.slice(0, 200).forEach(function (c) { say(items, changeItem(c)); });
    if (groups.length > 200) { say(items, text("and " + (groups.length - 200) + " more", "li")); }
    return say(el("li", "fold"), say("details", summary_, items));
  }
  function drawChanges() {
    if (data.previous === null) { byId("changes-count").textContent = "There is no earlier report to compare with. The next run into this folder tells what changed."; byId("changes-fold").hidden = true; return; }
    var shown = 4, kinds = [], by = {};
    data.changes.forEach(function (c) { if (!by[c.kind]) { by[c.kind] = []; kinds.push(c.kind); } by[c.kind].push(c); });
    byId("changes-count").textContent = (data.changed ? many(data.changed, "change", "changes") : "Nothing") + " since " + data.previous;
    kinds.forEach(function (kind, i) { say(byId(i < shown ? "changes" : "changes-rest"), changeKind(by[kind])); });
    byId("changes-more").textContent = many(kinds.length - shown, "more kind", "more kinds");
    byId("changes-fold").hidden = kinds.length <= shown;
  }

  // On what the report rests.
  function drawEvidence() {
    var e = data.evidence, dl = byId("evidence");
    entry(dl, "Made", data.time + (e && e.user ? " by " : ""), e && e.user ? [e.user] : null, e && e.controller ? " on " : "", e && e.controller ? [e.controller] : null);
    if (e) {
      entry(dl, "With", "portcullis.tcp_wrappers " + (e.collection || "of an unknown version") + ", ansible-core " + (e.ansible_core || "of an unknown version"));
      entry(dl, "Hosts", [e.hosts], e.inventory.length ? " of the inventory " : "", e.inventory.length ? e.inventory : null, e.limit ? ", limited to " : "", e.limit ? [e.limit] : null);
      entry(dl, "Fails on", e.fail_on.length ? e.fail_on.join(", ") : "nothing");
    }
    var there = data.hosts.filter(function (h) { return h.reachable; }), blind = there.filter(function (h) { return !(h.logs.sources || []).length; }), partly = there.filter(function (h) { return (h.logs.problems || []).length; });
    var since = there.map(function (h) { return h.logs.since; }).filter(Boolean).sort()[0];
    entry(dl, "Refusals", (since ? "since " + since + "; " : "") + "logs were read on " + (there.length - blind.length) + " of " + many(there.length, "host", "hosts") + (partly.length ? ", in part on " + partly.length : ""));
    if (data.left_out_count) {
      entry(dl, "Left out", "the data of " + many(data.left_out_count, "host", "hosts") + ", which is too much for this page: ", data.left_out, data.left_out_count > data.left_out.length ? " and more" : "", "; it stands in fleet.json");
    }
    if (data.kept.length) {
      var links = el("span"); data.kept.forEach(function (k, i) { say(links, i ? ", " : "", link(k.time, k.file)); });
      entry(dl, "Kept reports", links);
    }
    drawAssertions(dl);
  }
  // What was asserted, in one line: whether it holds, and the first that does not.
  function sayAsserted(dl, rows, keys) {
    var broken = keys.filter(function (key) { return rows[key].unmet.length; }), t = data.totals;
    if (!t.assertions) { entry(dl, "Asserted", "nothing"); return; }
    if (!broken.length) { entry(dl, "Asserted", t.assertions === 1 ? "the one assertion holds" : "all " + t.assertions + " hold", "; what is said of a network is proved for each of its clients"); return; }
    entry(dl, "Asserted", (t.assertions - t.unmet) + " of " + t.assertions + " hold; broken: ", [broken[0]], ", on ", hostLinks(rows[broken[0]].unmet, 1), broken.length > 1 ? ", and " + many(broken.length - 1, "other", "others") : "");
  }
  function drawAssertions(dl) {
    var rows = {};
    data.hosts.forEach(function (h) { h.assertions.forEach(function (a) {
      var key = (a.asked || a.daemon + " from " + a.address) + (a.expect ? " must be " + a.expect : "");
      rows[key] = rows[key] || { met: [], unmet: [], other: [] }; rows[key][a.met === true ? "met" : a.met === false ? "unmet" : "other"].push(h.name);
    }); });
    var keys = Object.keys(rows).sort(function (a, b) { return rows[b].unmet.length - rows[a].unmet.length || (a < b ? -1 : 1); });
    sayAsserted(dl, rows, keys);
    byId("assertions-count").textContent = keys.length ? "All assertions by host (" + keys.length + ")" : "Nothing was asserted";
    if (!keys.length) { byId("assertions-fold").textContent = ""; say(byId("assertions-fold"), text("Nothing was asserted", "summary"), text("Say in audit_assertions what must hold, such as {daemon: sshd, network: 0.0.0.0/0, expect: denied}: each is proved on every host.", "p")); return; }
    var tr = el("tr"); ["Assertion", "Does not hold on", "Holds on"].forEach(function (name) { var th = text(name, "th"); th.scope = "col"; say(tr, th); });
    say(byId("assertions").tHead, tr);
    keys.slice(0, 500).forEach(function (key) {
      var r = rows[key], th = say("th", [key]); th.scope = "row";
      say(byId("assertions").tBodies[0], say("tr", th, say(el("td", r.unmet.length ? "alarmed" : ""), r.unmet.length ? hostLinks(r.unmet, 20) : "no host"), say("td", r.met.length ? hostLinks(r.met, 20) : "no host", r.other.length ? "; only asked on " + many(r.other.length, "host", "hosts") : "")));
    });
  }

  // Who was refused, and on which day: a row of bars for all, and one for each of the clients that were refused most often.
  function bars(days, counts, most, name) {
    var track = el("div", "track"), parts = [];
    counts.forEach(function (n, i) { var bar = el("span", "day"); bar.style.height = n ? Math.max(8, Math.round(100 * n / most)) + "%" : "0"; say(track, bar); if (n) { parts.push(n + " on " + days[i]); } });
    track.setAttribute("role", "img"); track.setAttribute("aria-label", clean(name) + ": " + (parts.join(", ") || "no day is known")); track.title = parts.join(", ");
    return track;
  }
  function drawRefused() {
    var r = data.refusals, most = 1;
    if (!r.clients.length) { byId("refused-section").hidden = true; return; }
    r.clients.forEach(function (c) { most = Math.max.apply(null, c.days.concat(most)); });
    var row_ = say(el("li", "all"), say(el("span", "who"), say("b", "all clients"), say(el("span", "soft"), " " + many(data.totals.refused, "time", "times"))), bars(r.days, r.all, Math.max.apply(null, r.all.concat(1)), "all clients"));
    if (r.days.length) { say(byId("refused"), row_); }
    r.clients.forEach(function (c) {
      var told_ = say(el("span", "soft"), " " + many(c.count, "time", "times") + (c.hosts > 1 ? " on " + c.hosts + " hosts" : ""));
      say(byId("refused"), say("li", say(el("span", "who"), [c.client], told_), r.days.length ? bars(r.days, c.days, most, c.client) : null));
    });
    if (r.days.length) { say(byId("refused"), say("li", text("", "span"), say(el("span", "soft axis"), text(r.days[0], "span"), text(r.days[r.days.length - 1], "span")))); }
    byId("refused-period").textContent = "The clients that were refused most often, a bar for each day" + (r.days.length ? ", " + many(most, "refusal", "refusals") + " the highest" : "") + ". Times are UTC.";
  }

  // The legend.
  function explain(sample, meaning) { say(byId("legend"), say("li", sample, say("span", meaning))); }
  function drawLegend() {
    Object.keys(letters).forEach(function (access) { explain(text(letters[access], "span", "tag " + access), words[access]); });
    explain(text("G", "span", "tag exposed"), "granted to all strangers");
    explain(say(el("span", "cell nobody"), text("D", "span", "tag denied"), text("!", "span", "flag")), "not enforced: every client is served");
    explain(say(el("span", "cell unknown"), text("?", "span", "flag")), guard.unknown);
    explain(say(el("span", "cell twice"), text("2", "span", "flag")), guard.twice);
    explain(text("\u2715", "span", "flag"), "cannot read the tables");
    explain(text("open", "span", "flag alarm"), "the rules grant strangers");
    if (data.clients.length) { say(byId("order"), "A cell has a letter for each group of clients, from left to right: ", data.clients); } else { byId("order").textContent = "No group of clients was asked about."; }
  }

  byId("close").onclick = function () { byId("detail").close(); };
  named.forEach(function (d) { var option = text(clean(data.daemons[d]), "option"); option.value = String(d); say(byId("daemon"), option); });
  byId("search").oninput = draw; ["show", "daemon", "sort"].forEach(function (id) { byId(id).onchange = draw; });
  byId("tools-fold").open = window.innerWidth > 600;
  drawTotals(); drawChanges(); drawEvidence(); drawLegend(); draw(); drawFindings(); drawRefused();
})();
