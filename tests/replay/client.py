# The official Python client, as Debian has it, against a stand-in: client.py http://HOST:PORT [PREFIX [LONGER]]
# What it does and expects is what tests/node/client.js does.
import sys
import stripe

base, prefix, longer = (sys.argv[1:] + ['', ''])[:3]
stripe.api_base, stripe.api_key, stripe.enable_telemetry = base, 'sk_test_4eC39HqLyjWDarjtT1zdp7dc', False
secrets = stripe.apps.Secret
account = {'type': 'account'}
user = {'type': 'user', 'user': 'usr_%spython' % prefix}


def equal(got, wanted):
    assert got == wanted, 'got %r, wanted %r' % (got, wanted)


def fails(kind, call, **arguments):
    try:
        call(**arguments)
    except kind as e:
        return e
    raise AssertionError('%r is not refused' % (arguments,))


made = secrets.create(scope=account, name=prefix + 'a', payload='one & two = 3 + %')
equal([made.object, made.get('payload')], ['apps.secret', None])
secrets.create(scope=account, name=prefix + 'a', payload='replaced \U0001f511')
equal(secrets.find(scope=account, name=prefix + 'a', expand=['payload']).payload, 'replaced \U0001f511')

secrets.create(scope=user, name=prefix + 'a', payload='of the user', expires_at=4102444800)
own = secrets.find(scope=user, name=prefix + 'a', expand=['payload'])
equal([own.payload, own.expires_at, own.scope.user], ['of the user', 4102444800, user['user']])

for i in range(1, 9):
    secrets.create(scope=user, name='%ss%d' % (prefix, i), payload='x')
names = [s.name for s in secrets.list(scope=user, limit=4).auto_paging_iter()]
equal(sorted(names), sorted(prefix + n for n in ['a', 's1', 's2', 's3', 's4', 's5', 's6', 's7', 's8']))

equal(secrets.delete_where(scope=user, name=prefix + 'a').deleted, True)
gone = fails(stripe.error.InvalidRequestError, secrets.find, scope=user, name=prefix + 'a')
equal([gone.http_status, gone.code], [404, 'resource_missing'])
fails(stripe.error.AuthenticationError, secrets.find, scope=user, name=prefix + 'a', api_key='sk_test_wrong')
if longer:
    for i in range(1, 4):
        secrets.create(scope=account, name='%slonger%d' % (prefix, i), payload='p%d long' % i)
    page = secrets.list(scope=account, limit=2)
    equal([page.has_more, [s.name for s in page.data]], [True, [prefix + 'longer3', prefix + 'longer2']])
print('the client is content')
