/* The session page by keyboard. Letter keys act only while focus is in the roster; without script Tab reaches all. */
(() => {
  const $ = (s, r = document) => r.querySelector(s), $$ = (s, r = document) => [...r.querySelectorAll(s)];
  const rows = () => $$('[data-roster] [data-person]');
  const mark = id => { for (const row of rows()) row.classList.toggle('sel', row.dataset.person === id); };
  const current = e => e.target.closest?.('[data-person]') || $('[data-person].sel') || rows()[0];
  const pick = row => $('.pick', row);
  let write = false; // Enter was pressed: the next part to arrive takes the focus

  // The chosen row follows the person on the right, also when the roster was drawn anew.
  const follow = () => { const who = $('#selected'); if (who) mark(who.value); };
  addEventListener('htmx:afterSwap', e => {
    follow();
    // A button that did its work is gone; the focus goes to the chosen person, not to the top of the page.
    if (e.detail.target?.id === 'roster' && document.activeElement === document.body) {
      const row = $('[data-person].sel') || rows()[0];
      if (row && !$('.asked')) pick(row).focus({ preventScroll: true });
    }
    if (write && e.detail.target?.id === 'person') { write = false; $('#part-form textarea')?.focus(); }
  });

  // In and Out of one person are saved together, when focus leaves the two. What is being typed outlives a new roster.
  const times = row => $$('input.time', row), changed = row => times(row).some(t => t.value !== (t.sent ?? t.defaultValue));
  const row = id => rows().find(r => r.dataset.person === id);
  addEventListener('focusout', e => {
    const id = e.target.matches?.('[data-person] input.time') && e.target.closest('[data-person]').dataset.person;
    if (id) setTimeout(() => {
      const r = row(id);
      if (r && !times(r).includes(document.activeElement) && changed(r)) htmx.trigger(times(r)[0], 'times');
    });
  });
  addEventListener('htmx:beforeRequest', e => {
    const r = e.detail.target?.id === 'roster' && e.target.closest?.('[data-person]');
    if (r) for (const t of times(r)) t.sent = t.value;
  });
  // Refused times stay too, with their sentence, until they are sent again; so does what is being said of someone away.
  let typed = [], refused = [];
  const told = r => { const line = document.getElementById('x-' + r.dataset.person)?.closest('tr'); return line?.matches('.asked') ? null : line; };
  const keep = () => {
    refused = rows().filter(r => told(r) && times(r).every(t => t.sent === undefined)).map(r => ({ id: r.dataset.person, line: told(r), wrong: times(r).filter(t => t.ariaInvalid).map(t => t.id), all: times(r) }));
    const open = [...rows().filter(changed).flatMap(times), ...refused.flatMap(r => r.all), ...$$('.asked input[type=text]')];
    typed = open.map(t => [t.id, t.value, t.selectionStart, t.selectionEnd]);
  };
  const give = () => {
    for (const [id, value, start, end] of typed) {
      const t = document.getElementById(id);
      if (!t || t.disabled) continue;
      t.value = value;
      if (t === document.activeElement) t.setSelectionRange(start, end);
    }
    for (const { id, line, wrong } of refused) {
      const r = row(id);
      if (!r || told(r) || times(r).some(t => t.disabled)) continue;
      r.after(line);
      for (const one of wrong) { const t = document.getElementById(one); t.ariaInvalid = 'true'; t.setAttribute('aria-describedby', 'x-' + id); }
    }
    typed = refused = [];
  };
  addEventListener('htmx:beforeSwap', keep); addEventListener('redraw', keep); addEventListener('htmx:afterSwap', give, true);

  // Marks are sent one after another, so that no answer overtakes a later one. What was chosen is read when it is
  // chosen, for the answer before it draws the roster anew; of whom it is being asked, when its turn has come.
  const line = [];
  let flight = null;
  const send = ({ verb, path, data }) => {
    if (data) {
      const asked = $('#asking')?.value, name = path.endsWith('/rest/') ? 'except_for' : 'asking';
      asked ? data.set(name, asked) : data.delete(name);
      const r = data.has('tap') && row(data.get('episode'));
      if (r) for (const t of times(r)) t.sent = data.get('tap') === 'times' ? data.get(t.name) : t.value;
    }
    htmx.ajax(verb, path, { target: '#roster', swap: 'outerHTML', values: data ? Object.fromEntries(data) : {} });
  };
  addEventListener('htmx:confirm', e => {
    const { target, elt, verb, path, triggeringEvent } = e.detail;
    if (target?.id !== 'roster' || !flight) return;
    e.preventDefault();
    const form = elt.matches('form') ? elt : elt.form, data = form && verb === 'post' ? new FormData(form, triggeringEvent?.submitter) : null;
    if (elt.matches('input.time')) data.set('tap', 'times');
    if (data && $('#selected')) data.set('person', $('#selected').value);
    line.push({ verb, path, data });
  });
  addEventListener('htmx:beforeRequest', e => { if (e.detail.target?.id === 'roster') flight = e.detail.xhr; });
  addEventListener('htmx:afterRequest', e => {
    if (!flight || e.detail.xhr !== flight) return;
    flight = null;
    if (line.length) send(line.shift());
  });

  addEventListener('keydown', e => {
    const typing = e.target.closest?.('textarea, select, input:not([type=checkbox]):not([type=radio])');
    if ((e.ctrlKey || e.metaKey) && e.key === 'Enter') {
      const sign = $('[data-sign]');
      if (sign && !sign.disabled && !$('dialog[open]')) { e.preventDefault(); e.target.blur?.(); sign.click(); }
      return;
    }
    if (!$('[data-keys]') || e.ctrlKey || e.metaKey || e.altKey || $('dialog[open]')) return;
    if (e.key === 'Escape' && e.target.closest?.('#person, #group-part, [data-roster]')) {
      const row = $('[data-person].sel') || rows()[0];
      if (row) { e.preventDefault(); pick(row).focus(); }
      return;
    }
    if (e.key === '?' && !typing) { e.preventDefault(); $('#keys').showModal(); return; }
    if (!e.target.closest?.('[data-roster]')) return;
    const row = current(e), all = rows(), key = e.key.toLowerCase();
    if (e.key === 'ArrowDown' || e.key === 'ArrowUp') {
      const next = all[all.indexOf(row) + (e.key === 'ArrowDown' ? 1 : -1)];
      if (next) { e.preventDefault(); pick(next).focus(); mark(next.dataset.person); pick(next).click(); }
      return;
    }
    if (typing) return;
    const tap = { h: 'here', l: 'late', e: 'left', w: 'away' }[key];
    if (tap) { e.preventDefault(); $(`[data-k=${tap}]`, row)?.click(); }
    else if (key === 't') { const time = $('input.time:not(:disabled)', row); if (time) { e.preventDefault(); time.focus(); time.select(); } }
    else if (key === 'g') { const did = $('#group-part textarea'); if (did) { e.preventDefault(); did.focus(); } }
    else if (e.key === 'Enter' && e.target.matches('.pick')) {
      e.preventDefault();
      if ($('#selected')?.value === row.dataset.person) $('#part-form textarea')?.focus();
      else { write = true; pick(row).click(); }
    } else if (/^[1-9]$/.test(key)) $$('#part-form [name=objectives]')[key - 1]?.click();
  });
})();
