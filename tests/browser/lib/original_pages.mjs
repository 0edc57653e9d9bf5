// Pages as authors write them for the original's SDK: plain scripts of their own,
// ES5 habits, one global.

const h = (...scripts) => scripts.map((name) => `<script src="/sdk/${name}.js"></script>`).join('\n');

// Notes that everybody may leave: orm, role, find, update, partials, dialogs.
export const notes = {
	'notes.html': `<!doctype html>
<html><head><meta charset="utf-8">
<link rel="stylesheet" href="/sdk/goop-component-toast.css">
<link rel="stylesheet" href="/sdk/goop-component-dialog.css">
${h('goop-data', 'goop-identity', 'goop-component-base', 'goop-component-toast',
		'goop-component-dialog', 'goop-component-template')}
</head><body>
<h1>Notes (<span id="count"></span>)</h1>
<div id="notes"></div>
<input id="input" placeholder="Add a note...">
<button id="add">Add</button>
<div id="toasts" class="gc-toast-container"></div>
<div id="confirm-dialog" class="gc-dialog-backdrop hidden"><div class="gc-dialog">
<h2 class="gc-dialog-title">Confirm</h2>
<div class="gc-dialog-body"><p class="gc-dialog-message"></p></div>
<div class="gc-dialog-buttons"><button class="gc-dialog-cancel">Cancel</button>
<button class="gc-dialog-ok">OK</button></div></div></div>
<script src="notes.js"></script>
</body></html>`,
	'partials/note.html': `<div class="note" data-id="{{_id}}">
  {{#if text}}<p>{{text}}</p>{{/if}}
  <div class="tools"></div>
</div>`,
	'notes.js': `(async function () {
  var db = Goop.data;
  var h = Goop.dom;
  var notes = await db.orm("notes");
  var ctx = await Goop.peer();
  var list = document.getElementById("notes");
  var toast = Goop.ui.toast(document.getElementById("toasts"), {
    toastClass: "gc-toast", titleClass: "gc-toast-title", messageClass: "gc-toast-message",
    enterClass: "gc-toast-enter", exitClass: "gc-toast-exit",
  });
  Goop.ui.dialog(document.getElementById("confirm-dialog"), {
    title: ".gc-dialog-title", message: ".gc-dialog-message",
    inputWrap: ".gc-dialog-input-wrap", input: ".gc-dialog-input",
    ok: ".gc-dialog-ok", cancel: ".gc-dialog-cancel", hiddenClass: "hidden",
  });

  async function load() {
    var rows = await db.find("notes", { order: "_id DESC", limit: 20 }) || [];
    document.getElementById("count").textContent = rows.length;
    await Goop.list(list, rows, "note", { empty: "No notes yet.", emptyClass: "empty-msg" });
    list.querySelectorAll(".note").forEach(function (el) {
      var id = parseInt(el.getAttribute("data-id"), 10);
      var row = rows.find(function (r) { return r._id === id; });
      if (row._owner !== ctx.myId && !ctx.isOwner) return;
      Goop.render(el.querySelector(".tools"),
        h("button", { onclick: async function () {
          await db.update("notes", id, { text: row.text + "!!!" });
          load();
        } }, "shout"),
        h("button", { class: "danger", onclick: async function () {
          if (!await Goop.ui.confirm("Delete this note?")) return;
          await notes.remove(id);
          toast({ title: "Deleted", message: "Gone" });
          load();
        } }, "delete"));
    });
  }

  var r = await db.role("notes");
  if (!ctx.isOwner && !notes.canInsert && !(r.permissions && r.permissions.insert))
    document.getElementById("add").disabled = true;
  document.getElementById("add").onclick = async function () {
    var text = document.getElementById("input").value.trim();
    var check = notes.validate({ text: text });
    if (!check.valid) return;
    await db.insert("notes", { text: text });
    document.getElementById("input").value = "";
    load();
  };
  load();
})();`,
};

// Questions whose table the form makes.
export const enquete = {
	'enquete.html': `<!doctype html>
<html><head><meta charset="utf-8">
${h('goop-data', 'goop-identity', 'goop-component-base', 'goop-form', 'goop-forms')}
</head><body><div id="enquete-form"></div><div id="all"></div>
<script src="enquete.js"></script></body></html>`,
	'enquete.js': `(async function () {
  await Goop.form.render(document.getElementById("enquete-form"), {
    table: "responses",
    fields: [
      { name: "q1", label: "What brings you here?", type: "text", placeholder: "e.g. curiosity" },
      { name: "q2", label: "What topics?", type: "select", options: ["Art", "Music", "Other"] },
      { name: "q3", label: "Anything else?", type: "textarea" },
    ],
    singleResponse: true,
  });
  var ctx = await Goop.peer();
  if (ctx.isOwner) await Goop.forms.render(document.getElementById("all"), "responses");
})();`,
};
