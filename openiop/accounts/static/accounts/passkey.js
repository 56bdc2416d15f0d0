/* Passkeys: ask the server what to ask, let the device answer, send the answer with the form. Nothing is kept. */
(() => {
  const bytes = text => Uint8Array.from(atob(text.replace(/-/g, '+').replace(/_/g, '/')), c => c.charCodeAt(0));
  const text = buffer => btoa(String.fromCharCode(...new Uint8Array(buffer))).replace(/\+/g, '-').replace(/\//g, '_').replace(/=+$/, '');
  const ids = list => (list || []).map(one => ({ ...one, id: bytes(one.id) }));
  const buttons = [...document.querySelectorAll('[data-passkey]')];
  const can = !!window.PublicKeyCredential && !!navigator.credentials;
  for (const b of buttons) {
    const box = b.closest('[data-passkey-box]');
    const none = box?.querySelector('[data-passkey-none]');
    if (!can) { b.hidden = true; if (none) none.hidden = false; }
  }
  const plain = made => {
    const out = { id: made.id, rawId: text(made.rawId), type: made.type, response: {},
      authenticatorAttachment: made.authenticatorAttachment ?? null, clientExtensionResults: made.getClientExtensionResults() };
    for (const key of ['clientDataJSON', 'attestationObject', 'authenticatorData', 'signature', 'userHandle'])
      if (made.response[key]) out.response[key] = text(made.response[key]);
    if (made.response.getTransports) out.response.transports = made.response.getTransports();
    return out;
  };
  const words = fault => fault.name === 'SecurityError'
    ? 'Passkeys need this site by its name, not by a number. On this machine, open it as localhost.'
    : fault.name === 'InvalidStateError' ? 'This device has a passkey of yours for this already.'
    : fault.name === 'NotAllowedError' ? 'No passkey was used. Try again, or go on without one.'
    : 'The passkey could not be used. Try again, or go on without one.';
  addEventListener('click', async e => {
    const b = e.target.closest?.('[data-passkey]');
    if (!b || b.ariaDisabled === 'true') return;
    e.preventDefault();
    const form = b.form, says = b.closest('[data-passkey-box]').querySelector('[data-passkey-says]');
    b.ariaDisabled = 'true'; says.textContent = '';
    try {
      const body = new FormData();
      body.set('csrfmiddlewaretoken', form.elements.csrfmiddlewaretoken.value);
      if (b.dataset.anyone) body.set('anyone', '1');
      const answer = await fetch(b.dataset.passkey, { method: 'POST', body, headers: { Accept: 'application/json' } });
      const asked = await answer.json();
      if (!answer.ok) { says.textContent = asked.says; return; }
      const publicKey = asked.publicKey;
      publicKey.challenge = bytes(publicKey.challenge);
      let made;
      if (b.dataset.make) {
        publicKey.user.id = bytes(publicKey.user.id);
        publicKey.excludeCredentials = ids(publicKey.excludeCredentials);
        made = await navigator.credentials.create({ publicKey });
      } else {
        publicKey.allowCredentials = ids(publicKey.allowCredentials);
        made = await navigator.credentials.get({ publicKey });
      }
      form.elements.credential.value = JSON.stringify(plain(made));
      form.submit();
    } catch (fault) { says.textContent = words(fault); }
    finally { delete b.ariaDisabled; b.removeAttribute('aria-disabled'); }
  });
})();
