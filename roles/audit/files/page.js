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
  var letters = { granted: "G", denied: "D", partly: "P", delegated: "T", aborted: "A" };
  var words = { granted: "granted", denied: "denied", partly: "granted to some", delegated: "answered by a twist command", aborted: "refused, the process exits" };
  var guard = { enforced: "obeys the rules", twice: "is checked twice", nobody: "nobody guards it", unknown: "not known who guards it", rules_only: "named by rules only", local: "reached from the host itself only" };
  var verdicts = {
    enforced: "It obeys the rules.", twice: "It obeys the rules, and they are asked twice.",
    nobody: "Nobody guards it: whoever reaches its port is served, whatever the rules say.", unknown: "It is not known whether anything makes it obey the rules.",
    rules_only: "Only the rules name it.", local: "Nothing makes it obey the rules, but only the host itself can reach it."
  };
  var flags = { enforced: "", twice: "2", nobody: "!", unknown: "?", rules_only: "", local: "" };

  function answerOf(cell, i) { var n = cell[3][i]; return n === null || n === undefined ? null : data.answers[n]; }
  function told(answer) {
    if (answer[0] !== "partly") { return words[answer[0]] || answer[0]; }
    return answer[7] + " to some, " + answer[6][0] + " to others";
  }
  function summary(host, daemon, cell) {
    var parts = [host.name + ", " + daemon + ": " + guard[cell[0]]];
    data.clients.forEach(function (client, i) { var a = answerOf(cell, i); parts.push(client + " " + (a ? told(a) : "not asked")); });
    if (cell[0] === "nobody") { parts[0] += ", so this is not enforced"; }
    if (cell[5] === true) { parts.push("strangers are served"); }
    if (cell[2] === false) { parts.push("cannot read the tables"); }
    return parts.join("; ");
  }
  function tag(answer) { var access = answer ? answer[0] : "none"; return text(letters[access] || "-", "span", "tag " + access); }
  function tags(cell) {
    var nodes = data.clients.map(function (client, i) { return tag(answerOf(cell, i)); });
    if (cell[2] === false) { nodes.push(text("\u2715", "span", "flag")); }
    if (flags[cell[0]]) { nodes.push(text(flags[cell[0]], "span", "flag")); }
    if (cell[5] === true && cell[0] !== "nobody") { nodes.push(text("open", "span", "flag alarm")); }
    return nodes;
  }
  data.hosts.forEach(function (host) {
    host.errors_found = host.findings.filter(function (n) { return data.findings[n][0] === "error"; }).length;
    host.unmet = host.assertions.filter(function (a) { return a[0] === false; }).length;
    var parts = [host.name], open = false, nobody = false, unreadable = false;
    Object.keys(host.cells).forEach(function (d) {
      var cell = host.cells[d]; parts.push(data.daemons[d]);
      if (cell[0] === "nobody") { nobody = true; }
      if (cell[2] === false) { unreadable = true; }
      if (cell[5] === true) { open = true; }
      cell[3].forEach(function (n) { if (n !== null && n !== undefined) { parts.push(data.answers[n][3]); } });
    });
    host.findings.forEach(function (n) { parts.push(data.findings[n][1], data.findings[n][4]); });
    host.text = parts.join("\n").toLowerCase();
    host.is = { unmet: host.unmet > 0, error: host.errors_found > 0, nobody: nobody, unreadable: unreadable, open: open, unreachable: !host.reachable, failed: Object.keys(host.errors).length > 0 };
  });

  function list(parent, items) { var ul = el("ul", "list"); items.forEach(function (i) { say(ul, i); }); return say(parent, ul); }
  var rank = { error: 0, warning: 1, info: 2 };
  function worst(a, b) { return rank[data.findings[a][0]] - rank[data.findings[b][0]]; }
  function findingItem(n) {
    var f = data.findings[n], li = say("li", say("b", f[0] + (f[1] ? " " + f[1].replace(/[_-]/g, " ") : "") + ": "), [f[4]]);
    if (f[2]) { say(li, say(el("span", "soft"), " (", [f[2]], (f[3] ? " line " + f[3] : "") + ")")); }
    if (f[5]) { say(li, say(el("p", "soft"), [f[5]])); }
    return li;
  }
  function entry(dl, name) { return say(dl, text(name, "dt"), say.apply(null, ["dd"].concat(Array.prototype.slice.call(arguments, 2)))); }
  function decided(access, path, line, rule) {
    if (!path) { return say("span", access + ", for no rule matches"); }
    return say("span", access + " by ", [path], " line " + line + " ", own(rule, "code"));
  }
  function openDetail(title, fill, from) {
    var body = byId("detail-body"); body.textContent = "";
    title.id = "detail-title"; say(body, title); fill(body);
    var dialog = byId("detail"); dialog.showModal(); dialog.scrollTop = 0; byId("close").focus();
    dialog.onclose = function () { if (from && from.isConnected) { from.focus(); } };
  }
  function placeOf(place) {
    var node = say("span", (place[0] || "service") + (place[2] ? ", as " : ""), place[2] ? [place[2]] : null);
    if (place[1].length) { say(node, ", on ", place[1]); }
    if (place[4]) { say(node, ", set up in ", [place[4]], place[5] ? " line " + place[5] : ""); }
    if (place[3]) { say(node, "; packet filter for its port: " + place[3]); }
    return node;
  }
  function openCell(host, d, from) {
    var cell = host.cells[d];
    openDetail(say("h2", [data.daemons[d]], " on ", [host.name]), function (body) {
      say(body, text(verdicts[cell[0]], "p", "verdict " + cell[0]));
      var dl = el("dl");
      if (cell[1]) { entry(dl, "How we know", [cell[1]]); }
      cell[6].forEach(function (n) { entry(dl, "Service", placeOf(data.places[n])); });
      if (cell[0] !== "rules_only") { entry(dl, "A stranger", cell[5] === true ? "is served" : cell[5] === false ? "is not served" : "not known"); }
      if (cell[2] !== null || cell[0] === "enforced" || cell[0] === "twice") { entry(dl, "Reads the tables", cell[2] === true ? "yes" : cell[2] === false ? "no, it cannot" : "not known"); }
      say(body, dl);
      if (cell[0] === "nobody") { say(body, text("What the rules would say, were they asked:", "p")); }
      data.clients.forEach(function (client, i) {
        var a = answerOf(cell, i);
        say(body, say("h3", tag(a), [client], a && a[8] ? say(el("span", "soft"), " ", [a[8]]) : null));
        if (!a) { say(body, text("not asked", "p")); return; }
        if (a[6]) {
          say(body, say("p", [a[4] || "an unknown address"], " is ", decided(a[7], a[1], a[2], a[3])));
          say(body, say("p", "Counterexample: ", [a[6][4] || "an unknown address"], " is ", decided(a[6][0], a[6][1], a[6][2], a[6][3])));
        } else {
          say(body, say("p", decided(a[7], a[1], a[2], a[3])));
          if (a[9]) { say(body, text("Proved: every client of the group gets this answer.", "p", "soft")); }
        }
        var rests = a[5].concat(a[6] ? a[6][5] : []);
        if (rests.length) { say(body, say("p", "It rests on: ", rests)); }
      });
      var others = host.findings.filter(function (n) { return cell[4].indexOf(n) < 0; });
      say(body, text("Findings about it", "h3"));
      if (cell[4].length) { list(body, cell[4].slice().sort(worst).map(findingItem)); } else { say(body, text("none", "p")); }
      if (others.length) { list(say(body, say("details", text(many(others.length, "other finding", "other findings") + " on this host", "summary"))).lastChild, others.sort(worst).map(findingItem)); }
    }, from);
  }
  function openHost(host, from) {
    openDetail(say("h2", [host.name]), function (body) {
      if (!host.reachable) { say(body, text("This host was not reached.", "p")); return; }
      var dl = el("dl"); entry(dl, "Rules read as", [host.dialect || "not known"]); entry(dl, "Refused connections", String(host.refused)); say(body, dl);
      var parts = Object.keys(host.errors).sort();
      if (parts.length) { say(body, text("Parts of the audit that failed", "h3")); list(body, parts.map(function (p) { return say("li", p + ": ", [host.errors[p]]); })); }
      say(body, text("Assertions", "h3"));
      if (host.assertions.length) {
        var by = function (a) { return a[0] === false ? 0 : a[0] === true ? 1 : 2; };
        list(body, host.assertions.slice().sort(function (a, b) { return by(a) - by(b); }).map(function (a) {
          var li = say("li", say("b", a[0] === false ? "unmet: " : a[0] === true ? "met: " : "asked: "), [a[8] || a[1] + " from " + a[2]], a[3] ? " must be " + a[3] : "", a[0] === false ? "; counterexample: " : a[0] && a[8] && a[8].indexOf("/") > 0 ? "; proved, for example " : "; ");
          return say(li, [a[2] || "an unknown address"], " is ", decided(a[4], a[5], a[6], a[7]));
        }));
      } else { say(body, text("none", "p")); }
      if (host.refused_clients.length) { say(body, text("Refused most often", "h3")); list(body, host.refused_clients.map(function (c) { return say("li", [c[0]], ": " + many(c[1], "time", "times") + ", last ", [c[2] || "not known"]); })); }
      say(body, text("Findings", "h3"));
      if (host.findings.length) { list(body, host.findings.slice().sort(worst).map(findingItem)); } else { say(body, text("none", "p")); }
    }, from);
  }

  var sorted = data.daemons.map(function (_d, i) { return i; }).sort(function (a, b) { return data.daemons[a] < data.daemons[b] ? -1 : 1; }), order = sorted;
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
        var b = el("button", "cell " + cell[0]); b.type = "button"; b.tabIndex = -1; b.dataset.at = number + "," + (i + 1);
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
  function draw() {
    var words_ = byId("search").value.toLowerCase().trim(), show = byId("show").value, by = byId("sort").value, only = byId("daemon").value;
    var size = { findings: function (h) { return h.findings.length; }, unmet: function (h) { return h.unmet; }, refused: function (h) { return h.refused; } }[by];
    hosts = data.hosts.filter(function (h) { return (!show || h.is[show]) && (!only || h.cells[only]) && (!words_ || h.text.indexOf(words_) >= 0); });
    hosts.sort(function (a, b) { return size && size(b) - size(a) || (a.name < b.name ? -1 : a.name > b.name ? 1 : 0); });
    var used = {}; hosts.forEach(function (h) { Object.keys(h.cells).forEach(function (d) { used[d] = true; }); });
    order = sorted.filter(function (d) { return only ? String(d) === only : used[d]; });
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
  function count(show) { return data.hosts.filter(function (h) { return h.is[show]; }).length; }
  function total(name, value, show, quiet) {
    var box = el(show === null ? "div" : "button", "total" + (value && show && !quiet ? " alarm" : ""));
    if (show !== null) { box.type = "button"; box.dataset.show = show; box.onclick = function () { byId("show").value = show; draw(); byId("count").scrollIntoView({ block: "nearest" }); }; }
    say(byId("totals"), say("li", say(box, text(String(value), "b"), text(name, "span"))));
  }
  total(data.hosts.length === 1 ? "host" : "hosts", data.hosts.length, "");
  total("not reached", count("unreachable"), "unreachable");
  total("with unmet assertions", count("unmet"), "unmet");
  total("with a service that nobody guards", count("nobody"), "nobody");
  total("with a service that serves strangers", count("open"), "open");
  total("with errors found", count("error"), "error");
  if (count("failed")) { total("audited in part", count("failed"), "failed"); }
  total("refused connections", data.hosts.reduce(function (sum, h) { return sum + h.refused; }, 0), null);
  byId("when").textContent = "Made " + data.time + (data.previous ? ", compared with the report of " + data.previous : "");
  if (data.clients.length) { say(byId("order"), "A cell has a letter for each group of clients, from left to right: ", data.clients); } else { byId("order").textContent = "No group of clients was asked about."; }
  function explain(sample, meaning) { say(byId("legend"), say("li", sample, say("span", meaning))); }
  Object.keys(letters).forEach(function (access) { explain(text(letters[access], "span", "tag " + access), words[access]); });
  explain(say(el("span", "cell nobody"), text("D", "span", "tag denied"), text("!", "span", "flag")), "nobody guards it, so everybody is served");
  explain(say(el("span", "cell unknown"), text("?", "span", "flag")), guard.unknown);
  explain(say(el("span", "cell twice"), text("2", "span", "flag")), guard.twice);
  explain(text("\u2715", "span", "flag"), "cannot read the tables");
  explain(text("open", "span", "flag alarm"), "the rules let strangers in");
  if (data.previous === null) { byId("changes-section").hidden = true; }
  data.changes.forEach(function (c) { say(byId("changes"), say("li", [c.host], c.daemon ? ", " : "", c.daemon ? [c.daemon] : null, ": ", [c.text])); });
  if (data.changed > data.changes.length) { say(byId("changes"), say("li", "and " + (data.changed - data.changes.length) + " more")); }
  byId("changes-count").textContent = many(data.changed, "change", "changes");
  byId("changes-fold").open = data.changed > 0 && data.changed <= 5;
  var where = {}; data.hosts.forEach(function (h) { h.findings.forEach(function (n) { (where[n] = where[n] || []).push(h.name); }); });
  var all = Object.keys(where).sort(function (a, b) { return worst(a, b) || where[b].length - where[a].length; });
  all.slice(0, 300).forEach(function (n) {
    say(byId("findings"), say(findingItem(n), say(el("p", "soft"), many(where[n].length, "host: ", "hosts: "), where[n].slice(0, 8), where[n].length > 8 ? ", and more" : "")));
  });
  if (!all.length) { say(byId("findings"), text("none", "li")); }
  if (all.length > 300) { byId("findings-more").textContent = "The other " + (all.length - 300) + " are in fleet.json, and in the cells and hosts above."; }
  byId("close").onclick = function () { byId("detail").close(); };
  sorted.forEach(function (d) { var option = text(clean(data.daemons[d]), "option"); option.value = String(d); say(byId("daemon"), option); });
  byId("search").oninput = draw; ["show", "daemon", "sort"].forEach(function (id) { byId(id).onchange = draw; });
  draw();
})();
