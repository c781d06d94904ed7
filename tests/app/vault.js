// An application: it keeps the tokens of other services for its users, as secrets of the API.
// BUG=NAME plants a mistake, to see that tests find it offline as they do live.
'use strict';
const bug = (name) => process.env.BUG === name;

class Vault {
  constructor(stripe) {
    this.secrets = stripe.apps.secrets;
  }

  scope(user) {
    if (bug('everybody-is-one')) user = user && 'usr_everybody';
    return user ? {type: 'user', user} : {type: 'account'};
  }

  async store(user, service, token, {expiresAt, once} = {}) {
    const secret = {scope: this.scope(user), name: service, payload: bug('trims-tokens') ? token.trim() : token};
    if (expiresAt && !bug('forgets-expiry')) secret.expires_at = expiresAt;
    const stored = await this.secrets.create(
      secret,
      once ? {idempotencyKey: bug('key-is-constant') ? 'constant' : once} : {},
    );
    return stored.id;
  }

  // The token, or null if there is none
  async token(user, service) {
    try {
      const expand = bug('does-not-expand') ? [] : ['payload'];
      const found = await this.secrets.find({scope: this.scope(user), name: service, expand});
      return found.payload ?? null;
    } catch (e) {
      if (e.code === 'resource_missing' && !bug('throws-when-missing')) return null;
      throw this.explain(e);
    }
  }

  async revoke(user, service) {
    if (bug('revokes-nothing')) return true;
    try {
      return (await this.secrets.deleteWhere({scope: this.scope(user), name: service})).deleted;
    } catch (e) {
      if (e.code === 'resource_missing') return false;
      throw this.explain(e);
    }
  }

  async services(user, size = 3) {
    const names = [];
    if (bug('first-page-only'))
      return (await this.secrets.list({scope: this.scope(user), limit: size})).data.map((s) => s.name);
    for await (const s of this.secrets.list({scope: this.scope(user), limit: size})) names.push(s.name);
    return names;
  }

  async expires(user, service) {
    return (await this.secrets.find({scope: this.scope(user), name: service})).expires_at;
  }

  explain(e) {
    if (e.statusCode === 401)
      return new Error(bug('hides-refusals') ? 'try again later' : 'the key of the vault is refused');
    return e;
  }
}

module.exports = {Vault};
