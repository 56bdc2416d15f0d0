/* OpenIOP: small behaviours over pages that work without them. No dependencies, nothing kept in the browser. */
(() => {
  const $ = (s, r = document) => r.querySelector(s), $$ = (s, r = document) => [...r.querySelectorAll(s)];
  const root = document.documentElement;
  const typing = e => e.target.closest?.('input:not([type=radio]):not([type=checkbox]), textarea, select, [contenteditable]');
  const icon = name => {
    const svg = document.createElementNS('http://www.w3.org/2000/svg', 'svg'), use = document.createElementNS(svg.namespaceURI, 'use');
    svg.setAttribute('class', 'i'); svg.setAttribute('aria-hidden', 'true');
    use.setAttribute('href', document.body.dataset.icons + '#i-' + name); svg.append(use);
    return svg;
  };
  root.classList.add('scripts');

  // Dialogs: native <dialog>; focus goes back to the opener by itself. Print, close, blur names: one listener.
  addEventListener('click', e => {
    const on = s => e.target.closest?.(s);
    let b;
    if ((b = on('[data-open]'))) { e.preventDefault(); $('#' + b.dataset.open)?.showModal(); }
    else if ((b = on('[data-close]'))) { e.preventDefault(); b.closest('dialog')?.close(); }
    else if (e.target.matches?.('dialog')) e.target.close();
    else if (on('[data-dismiss]')) $('#said').replaceChildren();
    else if (on('[data-print]')) { e.preventDefault(); print(); }
    else if ((b = on('[data-blur]'))) {
      const blurred = root.classList.toggle('blur-names');
      b.setAttribute('aria-pressed', blurred);
      document.cookie = `blur=${blurred ? 'on' : 'off'}; path=/; samesite=strict`;
    } else if (on('[data-exit]')) { e.preventDefault(); leave(); }
  });

  // Quick exit: the page is hidden at once, the screen locked behind it, and a neutral site takes its place.
  const leave = () => {
    const lock = $('[data-lock-form]');
    document.body.hidden = true; document.title = ' ';
    if (lock) navigator.sendBeacon(lock.action, new FormData(lock));
    location.replace($('[data-exit]').href);
  };
  let shifts = [];
  addEventListener('keydown', e => {
    if (e.key !== 'Shift') { shifts = []; return; }
    if (e.repeat) return;
    shifts = [...shifts.filter(t => e.timeStamp - t < 1500), e.timeStamp];
    if (shifts.length >= 3 && $('[data-exit]')) leave();
  });

  // "/" finds a person.
  addEventListener('keydown', e => {
    const find = $('[data-find]');
    if (e.key === '/' && find && !typing(e) && !e.ctrlKey && !e.metaKey && !e.altKey) { e.preventDefault(); find.focus(); find.select(); }
  });

  // Toasts leave after ten seconds, not while pointed at or focused.
  const toast = t => {
    let timer;
    const stop = () => clearTimeout(timer), go = () => { stop(); timer = setTimeout(() => t.remove(), 10000); };
    t.addEventListener('pointerenter', stop); t.addEventListener('pointerleave', go);
    t.addEventListener('focusin', stop); t.addEventListener('focusout', go);
    go();
  };

  // Text saved while it is typed: 800 ms after the last key, at the latest 2 s after the last save, and on leaving.
  const drafts = new Set();
  const draft = box => {
    const area = $('textarea', box), says = $('[data-saved]', box), form = area.form;
    let key = box.dataset.key, version = +box.dataset.version, sent = area.value, state = '', timer, last = 0, busy = null, twin = null, again = false, wait = 1000, undone = '';
    const tell = (next, tone, glyph, words, ...more) => {
      if (state === next + words) return; // announce only a change
      state = next + words;
      tone ? says.dataset.tone = tone : delete says.dataset.tone;
      says.replaceChildren(icon(glyph), document.createTextNode(words + (more.length ? ' ' : '')), ...more);
    };
    const act = (words, run) => { const b = document.createElement('button'); b.type = 'button'; b.className = 'text-btn small'; b.textContent = words; b.onclick = run; return b; };
    const way = (words, href) => { const a = document.createElement('a'); a.className = 'small'; a.textContent = words; a.href = href; a.target = '_blank'; return a; };
    const unsaved = locked => {
      const more = [act('Try again', () => save(true))];
      if (locked) more.push(document.createTextNode(' '), way('Unlock in a new tab', box.dataset.unlock));
      const back = locked ? 'you are signed in again' : 'the connection is back';
      tell('unsaved' + locked, 'urgent', 's-urgent', `${undone}Not saved yet. Keep this page open; it is saved as soon as ${back}.`, ...more);
      clearTimeout(timer); timer = setTimeout(() => save(true), wait); wait = Math.min(wait * 2, 10000);
    };
    const run = async force => {
      clearTimeout(timer);
      if (me.stopped || (area.value === sent && !force)) return;
      if (busy) { again = true; return; }
      const text = area.value, body = new FormData();
      body.set('key', key); body.set('version', version); body.set('text', text);
      body.set('csrfmiddlewaretoken', document.cookie.match(/csrftoken=([^;]+)/)?.[1] || form?.elements.csrfmiddlewaretoken?.value || ''); // the cookie is newer after signing in again
      busy = new AbortController();
      // A quick save says nothing until it is done, so that a reader aloud is not interrupted every two seconds.
      const slow = setTimeout(() => { if (!twin && !state.startsWith('unsaved')) tell('saving', '', 'more', 'Saving'); }, 400);
      const limit = setTimeout(() => busy?.abort(), 10000);
      try {
        const answer = await fetch(box.dataset.url, { method: 'POST', body, redirect: 'manual', signal: busy.signal, headers: { Accept: 'application/json' } });
        if (answer.type === 'opaqueredirect' || answer.status === 401 || answer.status === 403) { unsaved(true); return; }
        if (answer.status === 413 || answer.status === 422) { sent = text; tell('long', 'urgent', 's-urgent', (await answer.json()).says); return; }
        if (!answer.ok) { unsaved(false); return; }
        const kept = await answer.json();
        key = kept.key; version = kept.version; sent = text; last = Date.now(); wait = 1000; undone = '';
        twin = kept.other || twin;
        if (twin) tell('changed', 'urgent', 'people', `You changed this somewhere else at ${twin.at}. Both are kept.`, way('See both', twin.url));
        else if ('waiting' in box.dataset) tell('kept', '', 'clock', `Kept ${kept.at}. Not in the record yet.`);
        else tell('saved', '', 'check', 'Saved ' + kept.at);
      } catch { if (!me.stopped) unsaved(false); }
      finally { clearTimeout(slow); clearTimeout(limit); busy = me.flight = null; if (again) { again = false; later(); } }
    };
    const save = force => { const done = run(force); if (busy) me.flight = done; return done; };
    const later = () => { clearTimeout(timer); timer = setTimeout(() => save(), Math.max(0, Math.min(800, last ? last + 2000 - Date.now() : 800))); };
    const me = { box, form, save, flight: null, stopped: false, stop() { me.stopped = true; clearTimeout(timer); }, dirty: () => !me.stopped && area.value !== sent,
      // What was sent did not arrive: one notice says both, beside the text that waits.
      missed() { if (area.value === sent) return false; me.stopped = false; undone = 'That did not go through. '; unsaved(false); return true; } };
    area.addEventListener('input', () => { if (area.value === sent) return; if (!last) last = Date.now() - 1200; later(); });
    area.addEventListener('blur', () => save());
    // What was accepted is in the record: no word about another screen, and no refusal, stands beside that any more.
    const accepted = () => {
      me.stopped = false;
      if (!twin && !('waiting' in box.dataset)) return;
      if (twin) [key, version, twin] = [box.dataset.key, 0, null];
      delete box.dataset.waiting; state = ''; says.replaceChildren();
      for (const one of $$('[data-restored]', box)) one.remove();
    };
    form?.addEventListener('htmx:afterRequest', e => {
      if (!box.isConnected) return;
      if (e.detail.successful) accepted(); else { me.stopped = false; later(); }
    });
    drafts.add(me);
  };
  // Sending waits for a save that is under way, so that the answer knows the text it saved.
  addEventListener('submit', e => {
    const form = e.target, mine = [...drafts].filter(d => d.form === form && d.box.isConnected), flights = mine.map(d => d.flight).filter(Boolean);
    for (const d of mine) d.stop();
    if (!flights.length || form.waited) { delete form.waited; return; }
    e.preventDefault(); e.stopImmediatePropagation();
    Promise.race([Promise.allSettled(flights), new Promise(go => setTimeout(go, 2000))]).then(() => { form.waited = true; form.requestSubmit(e.submitter); });
  }, true);
  const open = () => [...drafts].filter(d => d.box.isConnected && d.dirty());
  addEventListener('beforeunload', e => { for (const d of open()) { d.save(true); e.preventDefault(); e.returnValue = true; } });
  // The promise is kept: what waits is sent the moment the network, or the reader, is back.
  const retry = () => { for (const d of open()) d.save(true); };
  addEventListener('online', retry); addEventListener('focus', retry);

  // Buttons with a place of their own (Restore, Let it go) leave htmx's forms out of it.
  addEventListener('click', e => {
    const b = e.target.closest?.('button[data-plain]');
    if (!b?.form) return;
    e.preventDefault(); e.stopImmediatePropagation();
    for (const d of drafts) d.stop();
    const f = document.createElement('form');
    f.method = 'post'; f.action = b.formAction; f.hidden = true;
    for (const [name, value] of [[b.name, b.value], ['csrfmiddlewaretoken', b.form.elements.csrfmiddlewaretoken?.value || '']]) {
      const i = document.createElement('input'); i.type = 'hidden'; i.name = name; i.value = value; f.append(i);
    }
    document.body.append(f); f.submit();
  }, true);

  addEventListener('htmx:afterRequest', e => {
    const form = e.detail.successful && e.detail.requestConfig?.verb === 'post' && e.detail.elt.matches?.('form') && e.detail.elt;
    if (!form || !form.isConnected) return;
    for (const wrong of $$('[aria-invalid]', form)) wrong.removeAttribute('aria-invalid');
    for (const said of $$('.err, [data-errors]', form)) said.remove();
  });

  // A refused form: focus goes to the list of errors, else to the first wrong field.
  const midway = () => { const on = document.activeElement; return on?.matches('input[type=text], textarea') && on.value !== on.defaultValue; };
  const refused = r => ($('[data-errors]', r) || $('[aria-invalid=true]:not(fieldset)', r))?.focus();

  const ready = r => {
    for (const box of r.matches?.('[data-draft]') ? [r] : $$('[data-draft]', r)) if (!box.wired) { box.wired = true; draft(box); }
    for (const t of $$('[data-toast]', r)) if (!t.wired) { t.wired = true; toast(t); }
  };
  ready(document); refused(document);
  addEventListener('htmx:load', e => { for (const d of drafts) if (!d.box.isConnected) { d.stop(); drafts.delete(d); } ready(e.target); });
  addEventListener('htmx:beforeSwap', e => { if (e.detail.xhr.getResponseHeader('HX-Retarget')) e.detail.shouldSwap = true; });
  addEventListener('htmx:afterSwap', e => { if (e.detail.xhr?.status === 422 && !midway()) refused(e.detail.target.isConnected ? e.detail.target : document); });
  // An answer whose place was drawn anew meanwhile: a roster goes where the roster now is, of others only what changed beside them.
  addEventListener('htmx:beforeRequest', e => e.detail.target?.addEventListener('htmx:beforeSwap', s => {
    const { target, xhr } = s.detail, elt = e.detail.elt;
    if (xhr !== e.detail.xhr || !s.detail.shouldSwap || (target.isConnected && elt.isConnected)) return;
    const now = target.id === 'roster' || target.isConnected ? document.getElementById(target.id) : null;
    s.detail.shouldSwap = false;
    dispatchEvent(new Event('redraw'));
    htmx.swap(now || document.body, xhr.response, { swapStyle: now ? 'outerHTML' : 'none', swapDelay: 0, settleDelay: 20 }, { contextElement: now || document.body });
  }));
  const failed = e => { if ([...drafts].filter(d => d.box.isConnected && d.form === e.detail.elt.closest?.('form') && d.missed()).length) return;
    const said = $('#said'), words = $('#not-done'); if (said && words) { said.replaceChildren(words.content.cloneNode(true)); said.scrollIntoView({ block: 'nearest' }); } };
  addEventListener('htmx:responseError', e => { if (e.detail.xhr.status >= 500 || !e.detail.xhr.getResponseHeader('HX-Retarget')) failed(e); }); addEventListener('htmx:sendError', failed);
  addEventListener('htmx:beforeRequest', e => { if (e.detail.requestConfig?.verb !== 'get') $('#said')?.replaceChildren(); });

  // Idle: one minute's warning, then the screen locks. Typing and touching count, polling does not. Tabs tell each other,
  // and the server hears of someone who only reads, so that neither locks a person who is here.
  const idle = +document.body.dataset.idle * 60000, lock = $('[data-lock-form]');
  if (idle && lock) {
    let since = Date.now(), told = since, heard = since, warned = null;
    const tabs = new BroadcastChannel('here');
    // Nobody is here and text is not saved: leaving would lose it, so the page is covered until it is saved, then locked.
    const cover = () => {
      if (root.classList.contains('covered')) return;
      const says = document.createElement('p');
      says.className = 'door'; says.setAttribute('role', 'alert');
      says.textContent = 'This screen is covered, because nobody was here. Text on it is not saved yet: keep this page open. It is saved as soon as the connection is back, then the screen locks.';
      const door = document.createElement('a');
      door.className = 'btn'; door.href = open()[0].box.dataset.unlock; door.target = '_blank'; door.textContent = 'Unlock in a new tab';
      says.append(door); root.classList.add('covered'); $('.shell').hidden = true; document.body.append(says);
    };
    const stay = () => { since = Date.now(); warned?.remove(); warned = null; };
    const touch = () => {
      stay();
      if (since - told > 5000) { told = since; tabs.postMessage(''); }
      if (since - heard > 60000) { heard = since; fetch(document.body.dataset.here, { headers: { Accept: 'application/json' } }).catch(() => {}); }
    };
    tabs.onmessage = stay;
    tabs.postMessage('');
    for (const what of ['pointerdown', 'keydown', 'wheel', 'touchstart']) addEventListener(what, touch, { passive: true });
    setInterval(async () => {
      const left = root.classList.contains('covered') ? 0 : since + idle - Date.now();
      if (left <= 0) {
        await Promise.all(open().map(d => d.save(true)));
        if (open().length) cover(); else { for (const d of drafts) d.stop(); lock.submit(); }
      }
      else if (left <= 60000 && !warned) {
        warned = document.createElement('p'); warned.className = 'toast'; warned.setAttribute('role', 'alert');
        const b = document.createElement('button'); b.type = 'button'; b.className = 'text-btn'; b.textContent = 'Stay'; b.onclick = touch;
        warned.append('This screen locks in a minute. Your text is kept.', b); $('#toasts')?.append(warned);
      }
    }, 1000);
  }
})();
