"""Authlib (Debian's python3-authlib) as authorization server and as guard of a FHIR server.

Reads {"clients": [{"client_id", "jwk", "scope", "grant_types"}]} from the first line of its
standard input, writes {"port"} to its standard output, and ends when its input does.
"""
import json
import logging
import os
import sys
import threading
import time

os.environ['AUTHLIB_INSECURE_TRANSPORT'] = '1'

from authlib.integrations.flask_oauth2 import AuthorizationServer, ResourceProtector
from authlib.jose import JsonWebKey
from authlib.oauth2.rfc6749 import ClientMixin, TokenMixin, grants, list_to_scope, scope_to_list
from authlib.oauth2.rfc6750 import BearerTokenValidator
from authlib.oauth2.rfc7523 import JWTBearerClientAssertion
from flask import Flask, jsonify, request
from werkzeug.serving import make_server

METHOD = JWTBearerClientAssertion.CLIENT_AUTH_METHOD


class Client(ClientMixin):
    def __init__(self, known):
        self.client_id = known['client_id']
        self.jwk = JsonWebKey.import_key(known['jwk'])
        self.scopes = known['scope'].split()
        self.grant_types = known.get('grant_types', ['client_credentials'])

    def get_client_id(self):
        return self.client_id

    def get_allowed_scope(self, scope):
        return list_to_scope([one for one in scope_to_list(scope) if one in self.scopes])

    def check_endpoint_auth_method(self, method, endpoint):
        return method == METHOD

    def check_grant_type(self, grant_type):
        return grant_type in self.grant_types


class Token(TokenMixin):
    def __init__(self, answer):
        self.scope = answer.get('scope', '')
        self.ends_at = time.time() + answer['expires_in']

    def get_scope(self):
        return self.scope

    def is_expired(self):
        return time.time() > self.ends_at

    def is_revoked(self):
        return False


class Assertion(JWTBearerClientAssertion):
    used = set()

    def validate_jti(self, claims, jti):
        if jti in self.used:
            return False
        self.used.add(jti)
        return True

    def resolve_client_public_key(self, client, headers):
        return client.jwk


class Grant(grants.ClientCredentialsGrant):
    TOKEN_ENDPOINT_AUTH_METHODS = [METHOD]


def make_app(clients, origin):
    app = Flask(__name__)
    app.config['OAUTH2_SCOPES_SUPPORTED'] = ['system/Patient.read', 'system/*.read', 'system/Other.read']
    tokens = {}
    seen = []

    def save(answer, _):
        tokens[answer['access_token']] = Token(answer)

    def serve(path, *served):
        server = AuthorizationServer(app, clients.get, save)
        server.register_client_auth_method(METHOD, Assertion(origin + path))
        for grant in served:
            server.register_grant(grant)
        app.add_url_rule(path, path, server.create_token_response, methods=['POST'])

    serve('/token', Grant)
    serve('/no-grants/token')

    class Validator(BearerTokenValidator):
        def authenticate_token(self, token_string):
            return tokens.get(token_string)

    guard = ResourceProtector()
    guard.register_token_validator(Validator())

    @app.get('/fhir/Patient/<name>')
    @guard('system/Patient.read')
    def patient(name):
        return jsonify({'resourceType': 'Patient', 'id': name})

    @app.post('/forget-tokens')
    def forget():
        tokens.clear()
        return ''

    @app.get('/seen')
    def shown():
        return jsonify(seen)

    @app.after_request
    def keep(response):
        seen.append({'path': request.path, 'status': response.status_code, 'type': response.mimetype})
        return response

    return app


def main():
    logging.disable(logging.CRITICAL)  # the 500s of this server are wanted
    given = json.loads(sys.stdin.readline())
    clients = {one['client_id']: Client(one) for one in given['clients']}
    late = {}
    server = make_server('127.0.0.1', 0, lambda *call: late['app'](*call), threaded=True)
    late['app'] = make_app(clients, f'http://127.0.0.1:{server.port}')
    threading.Thread(target=server.serve_forever, daemon=True).start()
    print(json.dumps({'port': server.port}), flush=True)
    sys.stdin.read()


main()
