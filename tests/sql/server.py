#!/usr/bin/env python3
"""An implementation of the Secrets API that stores in SQL: SQLite, as people write it. It shares no
code and no language with the model, and its mutations are the habits of SQL and of ORMs.

    server.py [--mutation NAME] [--list]        prints "listening on http://127.0.0.1:PORT"

Its choices: ids of hexadecimal digits, replaced secrets keep id, created and place, short object on
delete, no payload member when hidden, 400 for a bad cursor, 403 for a forbidden scope, a parameter
that is given twice is refused.
"""
import base64, hashlib, json, re, secrets as random, sqlite3, sys, threading, time, unicodedata
from email.utils import formatdate
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import unquote_to_bytes

# name -> clauses that it breaks, and what is wrong
MUTATIONS = {
    'none': ('', 'nothing is wrong'),
    'like-find': ('SET-9', 'find compares names by LIKE'),
    'like-user': ('ISO-2', 'users are compared by LIKE'),
    'like-delete': ('DEL-4', 'delete compares names by LIKE'),
    'nocase-name': ('SET-9', 'names have COLLATE NOCASE'),
    'nocase-user': ('ISO-1 ISO-2 ISO-3', 'users have COLLATE NOCASE'),
    'pad-space': ('SET-8 SET-9', 'names that differ by blanks at the end are one'),
    'varchar-name': ('SET-8 SET-9', 'a name is cut after 255 characters'),
    'varchar-payload': ('SET-8', 'a payload is cut after 4,096 characters'),
    'utf8mb3': ('SET-8', 'characters of four bytes become question marks'),
    'latin1': ('SET-8', 'what Latin-1 has not becomes a question mark'),
    'nfc-name': ('SET-8 SET-9', 'names are normalised'),
    'nfc-payload': ('SET-8', 'payloads are normalised'),
    'integer-name': ('SET-8 SET-9', 'a name of digits is stored as a number'),
    'numeric-payload': ('SET-8', 'a payload that looks like a number is stored as one'),
    'strip-name': ('SET-8 SET-9', 'blanks around a name are taken off'),
    'crlf-payload': ('SET-8', 'line ends of a payload become \\n'),
    'html-payload': ('SET-8', 'a payload is escaped for HTML'),
    'insert-ignore': ('SET-2', 'INSERT OR IGNORE: a replacement is lost'),
    'insert-twice': ('SET-2', 'no unique key: a replacement is a second row'),
    'null-unique': ('SET-2', 'the user is NULL in the account scope, so the unique key does not hold there'),
    'unique-name': ('ISO-1', 'the unique key has no scope'),
    'upsert-expiry': ('EXP-5 SET-3', 'the upsert leaves expires_at as it was'),
    'upsert-coalesce': ('SET-3', 'COALESCE: a replacement without expires_at keeps the old one'),
    'upsert-payload': ('SET-2 EXP-4 DEL-5', 'the upsert leaves a payload that is longer as it was'),
    'delete-scopeless': ('DEL-4 ISO-1', 'DELETE has no scope in its WHERE'),
    'delete-accountless': ('ISO-6', 'DELETE has no account in its WHERE'),
    'soft-list': ('DEL-2', 'deleted rows are filtered in find alone'),
    'soft-find': ('DEL-2', 'deleted rows are filtered in list alone'),
    'soft-unique': ('DEL-5', 'a deleted row keeps its unique key'),
    'soft-undelete': ('DEL-5', 'setting a deleted name again brings the old row back'),
    'soft-delete-again': ('DEL-3', 'a deleted row can be deleted again'),
    'expired-list': ('EXP-3', 'expired rows are filtered in find alone'),
    'expired-find': ('EXP-3', 'expired rows are filtered in list alone'),
    'expired-delete': ('DEL-3', 'an expired row can be deleted'),
    'expired-undead': ('EXP-4', 'setting an expired name again leaves it expired'),
    'sweeper': ('EXP-3', 'expired rows go when a job runs, every five seconds'),
    'expires-early': ('EXP-2', 'the comparison is by one second off'),
    'expires-zone': ('EXP-1 EXP-2 EXP-3', 'expires_at is stored in the time of another zone'),
    'expires-2038': ('EXP-1 EXP-2', 'expires_at is a signed number of 32 bits'),
    'expires-cast': ('SET-6', 'CAST(expires_at AS INTEGER)'),
    'expires-float': ('SET-6', 'expires_at is read as a float'),
    'limit-cast': ('LIST-4', 'CAST(limit AS INTEGER)'),
    'limit-all': ('LIST-4a', 'LIMIT -1 is no limit'),
    'keyset-ties': ('LIST-5', 'the next page is what was created before the cursor'),
    'keyset-equal': ('LIST-5', 'the next page begins with the cursor'),
    'keyset-id': ('LIST-5', 'pages go by id, the list by creation'),
    'before-top': ('LIST-6', 'ending_before answers the newest that stand before'),
    'before-turned': ('LIST-6', 'ending_before answers in the order of the query'),
    'more-total': ('LIST-7', 'has_more compares the whole count with limit'),
    'more-full': ('LIST-7', 'has_more is true when a page is full'),
    'more-backward': ('LIST-7', 'has_more looks forward when one pages backward'),
    'cursor-scope': ('LIST-8', 'a cursor of another scope is taken'),
    'cursor-account': ('LIST-8 ISO-6', 'a cursor of another account is taken'),
    'cursor-null': ('LIST-8', 'an unknown cursor compares with NULL: an empty page'),
    'cursor-like': ('LIST-8', 'cursors are compared by LIKE'),
    'list-users': ('ISO-3', 'the account scope lists those of users'),
    'list-like': ('ISO-3', 'lists compare users by their beginning'),
    'list-join': ('LIST-2', 'a join lists a replaced secret twice'),
    'list-limit-live': ('LIST-2 LIST-5 LIST-7', 'expired rows count in LIMIT, and are filtered later'),
    'accounts-shared': ('ISO-6', 'find has no account in its WHERE'),
    'modes-shared': ('ISO-7', 'no mode in any WHERE'),
    'id-scope': ('OBJ-2', 'ids are counted in each scope'),
    'id-again': ('OBJ-2', 'the id of a deleted row is given again'),
    'created-update': ('OBJ-7', 'created is the time of reading in lists'),
    'created-text': ('OBJ-1', 'created is a text'),
    'livemode-int': ('OBJ-1 OBJ-6', 'livemode is 0 or 1'),
    'select-star': ('OBJ-4', 'lists show payloads'),
    'returning-star': ('OBJ-4', 'set shows the payload unasked'),
    'replica-find': ('FIND-5', 'find reads a copy that is 250 ms late'),
    'replica-list': ('LIST-2 DEL-2', 'lists read a copy that is 250 ms late'),
    'query-cache': ('FIND-5 DEL-2 SET-2', 'the answer to an identical query is kept for two seconds'),
    'cache-userless': ('ISO-2', 'the cache of find knows no scope'),
    'lost-update': ('CONC-1 CONC-2', 'select, then insert: two at once are two rows'),
    'replace-gap': ('CONC-2 CONC-3 FIND-5', 'a replacement is a DELETE and an INSERT'),
    'quote-500': ('ERR-5', "a name with ' is a syntax error"),
    'nul-500': ('ERR-5', 'a NUL is an error of the driver'),
    'bigint-500': ('ERR-5', 'a number over 64 bits is an error of the driver'),
    'error-sql': ('ERR-6', 'errors show the values of the statement'),
    'idem-accounts': ('ISO-6', 'idempotency keys are shared by all accounts'),
    'idem-users': ('ISO-5', 'idempotency keys are looked up before the scope is checked, for the whole account'),
    'idem-blind': ('PROTO-2', 'an idempotency key answers whatever is asked'),
    'idem-refused': ('PROTO-2', 'refusals are remembered'),
    'ui-first': ('ISO-5', 'permission looks at the first scope[user], the query at the last'),
    'ui-body': ('ISO-5', 'permission looks at the query, the statement at the body'),
    'ui-list': ('ISO-5', 'lists do not ask for permission'),
    'ui-delete': ('ISO-5', 'delete does not ask for permission'),
    'key-prefix': ('AUTH-1', 'keys are compared by LIKE key%'),
    'key-nocase': ('AUTH-1', 'keys are compared without case'),
}
KEYS = {
    'sk_test_sqlmain00000001': ('acct_1', 0, None),
    'sk_test_sqlother0000002': ('acct_2', 0, None),
    'sk_live_sqllive00000003': ('acct_1', 1, None),
    'sk_test_sqlui0000000004': ('acct_1', 0, 'usr_sql_ui'),
}
PATH = '/v1/apps/secrets'
CALLS = {('POST', PATH): 'set', ('GET', PATH + '/find'): 'find', ('GET', PATH): 'list',
         ('POST', PATH + '/delete'): 'delete'}
KNOWN = {'set': {'name', 'payload', 'scope[type]', 'scope[user]', 'expires_at', 'expand'},
         'find': {'name', 'scope[type]', 'scope[user]', 'expand'},
         'list': {'scope[type]', 'scope[user]', 'limit', 'starting_after', 'ending_before', 'expand'},
         'delete': {'name', 'scope[type]', 'scope[user]', 'expand'}}
HUNDRED_YEARS = 100 * 366 * 86400
bad = 'none'


class Refused(Exception):
    def __init__(self, status, message, param=None, code=None, kind='invalid_request_error'):
        super().__init__(message)
        self.status, self.body = status, {'error': {'type': kind, 'message': message}}
        if param: self.body['error']['param'] = param
        if code: self.body['error']['code'] = code


class Store:
    def __init__(self):
        self.lock = threading.RLock()
        self.db = sqlite3.connect(':memory:', check_same_thread=False, isolation_level=None)
        name = 'TEXT COLLATE NOCASE' if bad == 'nocase-name' else 'TEXT'
        user = 'TEXT COLLATE NOCASE' if bad == 'nocase-user' else 'TEXT'
        self.db.execute(f'CREATE TABLE secrets (row INTEGER PRIMARY KEY AUTOINCREMENT, id TEXT, account TEXT, '
                        f'live INTEGER, user {user}, name {name}, payload, created INTEGER, expires_at INTEGER, '
                        f'deleted INTEGER DEFAULT 0, copies INTEGER DEFAULT 1)')
        self.kept, self.cache, self.copies = {}, {}, []
        self.offset, self.swept = 0, 0

    def now(self):
        return int(time.time() + self.offset)

    def rows(self, where, values, order='row DESC'):
        names = ['row', 'id', 'account', 'live', 'user', 'name', 'payload', 'created', 'expires_at', 'deleted',
                 'copies']
        found = self.db.execute(f'SELECT {", ".join(names)} FROM secrets WHERE {where} ORDER BY {order}', values)
        return [dict(zip(names, row)) for row in found.fetchall()]

    def scope(self, who, user, call):
        """WHERE and values of a scope; '' is the account's."""
        where, values = ['account = ?'], [who[0]]
        if bad == 'accounts-shared' and call == 'find' or bad == 'delete-accountless' and call == 'delete':
            where, values = ['? IS NOT NULL'], [who[0]]
        if bad != 'modes-shared':
            where.append('live = ?'); values.append(who[1])
        if bad == 'delete-scopeless' and call == 'delete':
            pass
        elif bad == 'list-users' and call == 'list' and not user:
            pass
        elif bad == 'list-like' and call == 'list' and user:
            where.append("user LIKE ? || '%'"); values.append(user)
        elif bad == 'like-user':
            where.append('user LIKE ?'); values.append(user)
        else:
            where.append('user = ?'); values.append(user)
        return ' AND '.join(where), values

    def alive(self, call):
        """WHERE of what is neither deleted nor expired, for that call."""
        where, now = [], self.now()
        if not (bad == 'soft-list' and call == 'list' or bad == 'soft-find' and call == 'find' or
                bad == 'soft-delete-again' and call == 'delete' or bad == 'soft-unique' and call == 'set'):
            where.append('deleted = 0')
        if bad == 'sweeper':
            if now - self.swept >= 5:
                self.swept = now
                self.db.execute('DELETE FROM secrets WHERE expires_at <= ?', [now])
        elif not (bad == 'expired-list' and call == 'list' or bad == 'expired-find' and call == 'find' or
                  bad == 'expired-delete' and call == 'delete' or bad == 'list-limit-live' and call == 'list'):
            shift = 1 if bad == 'expires-early' else -3600 if bad == 'expires-zone' else 0
            where.append(f'(expires_at IS NULL OR expires_at > {now + shift})')
        return ' AND '.join(where) or '1'


def text(value):
    try:
        raw = value.replace('+', ' ').encode('utf-8', 'surrogateescape')
        return unquote_to_bytes(raw).decode('utf-8')
    except UnicodeDecodeError:
        raise Refused(400, 'A parameter is not UTF-8.')


def pairs_of(form):
    pairs = []
    for part in form.split('&'):
        if part:
            key, _, value = part.partition('=')
            key = text(key)
            pairs.append((re.sub(r'^expand\[\d*\]$', 'expand', key), text(value)))
    return pairs


def one_of(pairs, body_pairs):
    """One value a parameter; expand may have several."""
    out = {}
    for key, value in pairs + body_pairs:
        if key == 'expand': out.setdefault(key, []).append(value)
        elif key in out and bad not in ('ui-first', 'ui-body'): raise Refused(400, f'{key} is given twice', key)
        else: out[key] = value
    return out


def stored(name, payload):
    if bad == 'strip-name': name = name.strip()
    if bad == 'varchar-name': name = name[:255]
    if bad == 'nfc-name': name = unicodedata.normalize('NFC', name)
    if bad == 'integer-name' and re.fullmatch('[0-9]+', name): name = str(int(name))
    if bad == 'pad-space': name = name.rstrip(' ')
    if payload is None: return name, None
    if bad == 'varchar-payload': payload = payload[:4096]
    if bad == 'utf8mb3': payload = re.sub('[\U00010000-\U0010ffff]', '?', payload)
    if bad == 'latin1': payload = payload.encode('latin-1', 'replace').decode('latin-1')
    if bad == 'nfc-payload': payload = unicodedata.normalize('NFC', payload)
    if bad == 'crlf-payload': payload = payload.replace('\r\n', '\n')
    if bad == 'html-payload': payload = payload.replace('&', '&amp;').replace('<', '&lt;')
    if bad == 'numeric-payload' and re.fullmatch(r'[0-9]+(\.[0-9]+)?', payload): payload = repr(float(payload))
    return name, payload


def shown(row, call, expand):
    scope = {'type': 'user', 'user': row['user']} if row['user'] else {'type': 'account'}
    created = row['created']
    if bad == 'created-update' and call == 'list': created = store.now()
    if bad == 'created-text': created = str(created)
    out = {'id': row['id'], 'object': 'apps.secret', 'name': row['name'], 'created': created,
           'expires_at': row['expires_at'], 'livemode': row['live'] if bad == 'livemode-int' else bool(row['live']),
           'scope': scope}
    if expand or bad == 'select-star' and call == 'list' or bad == 'returning-star' and call == 'set':
        out['payload'] = row['payload']
    return out


def need(params, key, what=None):
    value = params.get(key)
    if not value:
        raise Refused(400, f'Missing required param: {what or key}.', what or key, 'parameter_missing')
    return value


def whole(params, key, cast=False):
    value = params.get(key)
    if value is None: return None
    if cast:
        found = re.match(r'\s*([+-]?[0-9]+)', value)
        return int(found.group(1)) if found else 0
    if bad == 'expires-float' and key == 'expires_at':
        try: return int(float(value))
        except (ValueError, OverflowError): pass
    if not re.fullmatch('[+-]?[0-9]+', value): raise Refused(400, f'Invalid integer: {key}', key)
    number = int(value)
    if abs(number) >= 1 << 63:
        if bad == 'bigint-500': raise OverflowError
        raise Refused(400, f'Invalid integer: {key}', key)
    return number


def scope_of(call, who, params, query, body):
    kind = need(params, 'scope[type]', 'scope' if 'scope[user]' not in params else None)
    if kind not in ('account', 'user'): raise Refused(400, 'scope[type] must be account or user', 'scope[type]')
    user = need(params, 'scope[user]') if kind == 'user' else ''
    if kind == 'account' and 'scope[user]' in params:
        raise Refused(400, 'scope[user] is for scope[type]=user', 'scope[user]')
    asked = user
    users = [v for k, v in query + body if k == 'scope[user]']
    if bad == 'ui-first' and users: asked = users[0]
    if bad == 'ui-body':
        from_query = [v for k, v in query if k == 'scope[user]']
        asked = from_query[0] if from_query else user
    free = bad == 'ui-list' and call == 'list' or bad == 'ui-delete' and call == 'delete'
    if who[2] and asked and asked != who[2] and not free:
        raise Refused(403, 'This session may use its own user alone.', 'scope', 'permission_denied')
    return user


def same_name(call, name):
    like = bad == 'like-find' and call == 'find' or bad == 'like-delete' and call == 'delete'
    return ('name LIKE ?' if like else 'name = ?'), name


def find_row(call, who, user, name):
    where, values = store.scope(who, user, call)
    same, name = same_name(call, name)
    found = store.rows(f'{where} AND {store.alive(call)} AND {same}', values + [name])
    return found[0] if found else None


def make_id(who, user):
    if bad == 'id-scope':
        where, values = store.scope(who, user, 'set')
        return f'sec_{len(store.rows(where, values)) + 1}'
    if bad == 'id-again':
        gone = store.rows('deleted = 1 AND account = ?', [who[0]])
        if gone: return gone[0]['id']
    return 'sec_' + random.token_hex(12)


def do_set(who, user, params):
    name, payload = need(params, 'name'), need(params, 'payload')
    for key, value in (('name', name), ('payload', payload)):
        if len(value) > 5000: raise Refused(400, f'{key} has more than 5000 characters', key)
        if bad == 'nul-500' and '\0' in value: raise ValueError('embedded null character')
    if bad == 'quote-500' and "'" in name: raise sqlite3.OperationalError('near "\'": syntax error')
    ends, now = whole(params, 'expires_at', bad == 'expires-cast'), store.now()
    if ends is not None and ends <= now: raise Refused(400, 'expires_at is in the past', 'expires_at')
    if ends is not None and ends > now + HUNDRED_YEARS:
        raise Refused(400, 'expires_at is too far in the future', 'expires_at')
    if bad == 'expires-2038' and ends is not None and ends >= 1 << 31: ends -= 1 << 32
    name, payload = stored(name, payload)
    where, values = store.scope(who, '' if bad == 'unique-name' else user, 'set')
    if bad == 'unique-name': where, values = 'account = ? AND live = ?', [who[0], who[1]]
    old = store.rows(f'{where} AND name = ?' + (' AND 0' if bad in ('insert-twice',) else '') +
                     (' AND user != \'\'' if bad == 'null-unique' else ''), values + [name])
    dead = [r for r in old if r['deleted'] or r['expires_at'] is not None and r['expires_at'] <= now]
    old = [r for r in old if r not in dead]
    if bad == 'soft-unique' and any(r['deleted'] for r in dead):
        raise Refused(409, 'UNIQUE constraint failed', 'name')
    if bad == 'soft-undelete' and dead:
        store.db.execute('UPDATE secrets SET deleted = 0, expires_at = ? WHERE row = ?', [ends, dead[0]['row']])
        return store.rows('row = ?', [dead[0]['row']])[0]
    if bad == 'expired-undead' and dead and not dead[0]['deleted']:
        store.db.execute('UPDATE secrets SET payload = ? WHERE row = ?', [payload, dead[0]['row']])
        return store.rows('row = ?', [dead[0]['row']])[0]
    if bad not in ('id-again', 'soft-list', 'soft-find', 'soft-delete-again', 'soft-unique'):
        for r in dead: store.db.execute('DELETE FROM secrets WHERE row = ?', [r['row']])
    if old and bad == 'insert-ignore': return old[0]
    if old and bad == 'replace-gap':
        store.db.execute('DELETE FROM secrets WHERE row = ?', [old[0]['row']])
        store.lock.release(); time.sleep(0.02); store.lock.acquire()
        old = []
    if old:
        kept = old[0]
        if bad == 'upsert-expiry': ends = kept['expires_at']
        if bad == 'upsert-coalesce' and ends is None: ends = kept['expires_at']
        if bad == 'upsert-payload' and len(str(kept['payload'])) > len(payload): payload = kept['payload']
        store.db.execute('UPDATE secrets SET payload = ?, expires_at = ?, copies = copies + 1 WHERE row = ?',
                         [payload, ends, kept['row']])
        return store.rows('row = ?', [kept['row']])[0]
    if bad == 'lost-update':
        store.lock.release(); time.sleep(0.02); store.lock.acquire()
    scope_where, scope_values = store.scope(who, user, 'set')
    if len(store.rows(f'{scope_where} AND {store.alive("list")}', scope_values)) >= 10 and not bad.startswith('limit'):
        raise Refused(400, 'A scope holds 10 secrets.', 'scope', 'secrets_limit')
    row = store.db.execute('INSERT INTO secrets (id, account, live, user, name, payload, created, expires_at) '
                           'VALUES (?, ?, ?, ?, ?, ?, ?, ?)',
                           [make_id(who, user), who[0], who[1], user, name, payload, now, ends]).lastrowid
    return store.rows('row = ?', [row])[0]


def do_find(who, user, params):
    name = stored(need(params, 'name'), None)[0]
    if bad == 'quote-500' and "'" in name: raise sqlite3.OperationalError('near "\'": syntax error')
    if bad == 'cache-userless':
        known = store.cache.get((who[0], who[1], name))
        if known and known[0] > time.time(): return known[1]
    row = find_row('find', who, user, name)
    if not row: raise Refused(404, f'No such secret: {name}', 'name', 'resource_missing')
    store.cache[(who[0], who[1], name)] = (time.time() + 1, row)
    return row


def do_delete(who, user, params):
    name = stored(need(params, 'name'), None)[0]
    row = find_row('delete', who, user, name)
    if not row: raise Refused(404, f'No such secret: {name}', 'name', 'resource_missing')
    where, values = store.scope(who, user, 'delete')
    same, name = same_name('delete', name)
    store.db.execute(f'UPDATE secrets SET deleted = 1 WHERE {where} AND {same}', values + [name])
    return row


def cursor_row(who, user, cursor, rows, param):
    for row in rows:
        if row['id'] == cursor: return row
    where = {'cursor-scope': 'account = ? AND id = ? AND deleted = 0', 'cursor-account': '? IS NOT NULL AND id = ?',
             'cursor-like': 'account = ? AND id LIKE ? AND deleted = 0'}.get(bad)
    found = store.rows(where, [who[0], cursor]) if where else []
    if found: return found[0]
    if bad == 'cursor-null': return None
    raise Refused(400, f'No such secret: {cursor[:40]}', param, 'resource_missing')


def do_list(who, user, params):
    limit = whole(params, 'limit', bad == 'limit-cast')
    if limit is None: limit = 10
    elif bad == 'limit-all' and limit < 0: limit = 1000
    elif not 1 <= limit <= 100: raise Refused(400, 'limit is 1 to 100', 'limit')
    after, before = params.get('starting_after'), params.get('ending_before')
    if after and before: raise Refused(400, 'one cursor at a time', 'ending_before')
    where, values = store.scope(who, user, 'list')
    rows = store.rows(f'{where} AND {store.alive("list")}', values)
    every = rows
    if after:
        at = cursor_row(who, user, after, rows, 'starting_after')
        if at is None: rows = []
        elif bad == 'keyset-ties': rows = [r for r in rows if r['created'] < at['created']]
        elif bad == 'keyset-id': rows = [r for r in rows if r['id'] < at['id']]
        else: rows = [r for r in rows if r['row'] < at['row'] + (bad == 'keyset-equal')]
    elif before:
        at = cursor_row(who, user, before, rows, 'ending_before')
        rows = [r for r in rows if at and r['row'] > at['row']]
    more = len(rows) > limit
    if before and bad != 'before-top':
        page = rows[-limit:]
        if bad == 'before-turned': page = page[::-1]
        if bad == 'more-backward' and rows: more = rows[-1] is not every[-1]
    else:
        page = rows[:limit]
    if bad == 'more-total': more = len(every) > limit
    if bad == 'more-full': more = len(page) == limit
    if bad == 'list-limit-live':
        page = [r for r in page if r['expires_at'] is None or r['expires_at'] > store.now()]
    if bad == 'list-join': page = [r for r in page for _ in range(min(r['copies'], 2))]
    expand = 'data.payload' in params.get('expand', [])
    return {'object': 'list', 'url': PATH, 'has_more': more, 'data': [shown(r, 'list', expand) for r in page]}


def answer(call, who, params, query, body):
    user = scope_of(call, who, params, query, body)
    for key in params:
        if key not in KNOWN[call]:
            raise Refused(400, f'Received unknown parameter: {key[:60]}', key[:60], 'parameter_unknown')
    for value in params.get('expand', []):
        if value not in ('payload', 'data.payload'): raise Refused(400, 'This cannot be expanded.', 'expand')
    expand = 'payload' in params.get('expand', [])
    if call == 'list': return do_list(who, user, params)
    if call == 'set': return shown(do_set(who, user, params), 'set', expand)
    if call == 'find': return shown(do_find(who, user, params), 'find', expand)
    row = do_delete(who, user, params)
    return {'id': row['id'], 'object': 'apps.secret', 'deleted': True}


def late(key, compute):
    """What a copy that is 250 ms behind answers: the state of then."""
    now = time.time()
    fresh = compute()
    times = store.cache.setdefault(('late', key), [])
    times.append((now, fresh))
    while len(times) > 1 and times[1][0] < now - 0.25: times.pop(0)
    return times[0][1] if times[0][0] > now - 5 else fresh


def result_of(call, who, params, query, body):
    try:
        return 200, answer(call, who, params, query, body)
    except Refused as r:
        return r.status, r.body


class Handler(BaseHTTPRequestHandler):
    protocol_version = 'HTTP/1.1'
    wbufsize = -1 # one write an answer
    disable_nagle_algorithm = True

    def log_message(self, *_): pass

    def date_time_string(self, timestamp=None):
        return formatdate(store.now(), usegmt=True)

    def credential(self):
        header = self.headers.get('Authorization', '')
        scheme, _, rest = header.partition(' ')
        try:
            if scheme.lower() == 'basic':
                key, _, password = base64.b64decode(rest, validate=True).decode().partition(':')
                key = '' if password else key
            else:
                key = rest.strip() if scheme.lower() == 'bearer' else ''
        except ValueError:
            key = ''
        for known, who in KEYS.items():
            if key == known or key and (bad == 'key-prefix' and key.startswith(known) or
                                        bad == 'key-nocase' and key.lower() == known.lower()):
                return who
        raise Refused(401, 'Invalid API key provided.' if key else 'You did not provide an API key.')

    def respond(self, status, body, replayed=False):
        data = json.dumps(body, ensure_ascii=False).encode('utf-8', 'surrogatepass')
        self.send_response(status)
        self.send_header('Content-Type', 'application/json; charset=utf-8')
        self.send_header('Content-Length', str(len(data)))
        self.send_header('Request-Id', 'req_' + random.token_hex(8))
        if replayed: self.send_header('Idempotent-Replayed', 'true')
        self.end_headers()
        if self.command != 'HEAD': self.wfile.write(data)

    def body(self):
        if 'chunked' in self.headers.get('Transfer-Encoding', ''):
            out = b''
            while True:
                size = int(self.rfile.readline().split(b';')[0], 16)
                out += self.rfile.read(size)
                self.rfile.readline()
                if not size: return out
        return self.rfile.read(int(self.headers.get('Content-Length') or 0))

    def handle_call(self):
        raw = self.body()
        path, _, query = self.path.encode("latin-1").decode("utf-8", "surrogateescape").partition('?')
        if (self.command, path) == ('POST', '/clock'):
            store.offset += int(dict(pairs_of(raw.decode()))['advance'])
            return self.respond(200, {})
        who = self.credential()
        call = CALLS.get((self.command, path)) or CALLS.get(('GET', path)) if self.command == 'HEAD' else \
            CALLS.get((self.command, path))
        if not call: raise Refused(404, f'Unrecognized request URL ({self.command}: {path[:80]}).')
        kind = self.headers.get('Content-Type', 'application/x-www-form-urlencoded').split(';')[0].strip().lower()
        if raw and kind != 'application/x-www-form-urlencoded':
            raise Refused(400, 'The body must be a form.')
        query = pairs_of(query)
        body = pairs_of(raw.decode('utf-8', 'surrogateescape')) if raw and self.command == 'POST' else []
        self.values = query + body # for the message of error-sql
        params = one_of(query, body)
        key = self.headers.get('Idempotency-Key') if self.command == 'POST' else None
        with store.lock:
            status, result, replayed = self.once(call, who, params, query, body, key)
        self.respond(status, result, replayed)

    def once(self, call, who, params, query, body, key):
        if bad == 'idem-users' or not key: pass
        else: scope_of(call, who, params, query, body)
        slot = (who[0], who[1], who[2], key)
        if bad == 'idem-accounts': slot = key
        if bad == 'idem-users': slot = (who[0], who[1], key)
        asked = (call, sorted((k, str(v)) for k, v in params.items()))
        known = store.kept.get(slot) if key else None
        if known:
            if known[0] != asked and bad != 'idem-blind' and bad != 'idem-users':
                raise Refused(400, 'This key was used with other parameters.', kind='idempotency_error')
            return known[1], known[2], True
        status, result = self.cached(call, who, params, query, body)
        if key and (status == 200 or status == 404 or bad == 'idem-refused'):
            store.kept[slot] = (asked, status, result)
        return status, result, False

    def cached(self, call, who, params, query, body):
        def compute(): return result_of(call, who, params, query, body)
        key = (who, self.path)
        if bad == 'replica-find' and call == 'find' or bad == 'replica-list' and call == 'list':
            return late(key, compute)
        if bad == 'query-cache' and call in ('find', 'list'):
            known = store.cache.get(key)
            if not known or known[0] < time.time():
                known = store.cache[key] = (time.time() + 2, compute())
            return known[1]
        return compute()

    def any_method(self):
        self.values = []
        try:
            self.handle_call()
        except Refused as r:
            if bad == 'error-sql' and r.status == 400:
                r.body['error']['message'] += ' in ' + repr(self.values)
            self.respond(r.status, r.body)
        except (BrokenPipeError, ConnectionResetError):
            self.close_connection = True
        except Exception as e:
            self.respond(500, {'error': {'type': 'api_error', 'message': type(e).__name__}})

    do_GET = do_POST = do_HEAD = do_PUT = do_DELETE = do_PATCH = do_OPTIONS = any_method


class Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 128


if __name__ == '__main__':
    if '--list' in sys.argv:
        for name, (clauses, what) in MUTATIONS.items(): print(f'{name}\t{clauses.replace(" ", ",")}\t{what}')
        sys.exit(0)
    if '--mutation' in sys.argv: bad = sys.argv[sys.argv.index('--mutation') + 1]
    if bad not in MUTATIONS: sys.exit(f'server.py: no mutation {bad}; --list has them')
    store = Store()
    server = Server(('127.0.0.1', 0), Handler)
    print(f'listening on http://127.0.0.1:{server.server_address[1]}', flush=True)
    server.serve_forever()
