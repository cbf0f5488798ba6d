#!/bin/bash
# Fetches the certificate for nginx, at boot and once a day (certificate.timer); reloads nginx only when it is new.
# The private key comes encrypted under a passphrase made for this one request.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")"
source ./common.sh

TLS="$ROOT/etc/nginx/tls"

main() {
  umask 077
  mkdir -p "$TLS" "$STATE"
  local work
  work=$(mktemp -d)
  # shellcheck disable=SC2064 # the folder of now
  trap "rm -rf '$work'" EXIT
  openssl rand -hex 32 | tr -d '\n' >"$work/passphrase"
  retry export_certificate "$work"
  field Certificate <"$work/export.json" >"$work/certificate.pem"
  field CertificateChain <"$work/export.json" >>"$work/certificate.pem"
  field PrivateKey <"$work/export.json" |
    openssl pkey -passin "file:$work/passphrase" -out "$work/key.pem"
  refuse_mismatch "$work"
  if cmp -s "$work/certificate.pem" "$TLS/certificate.pem" && cmp -s "$work/key.pem" "$TLS/key.pem"; then
    say 'The certificate is the one nginx has'
    return
  fi
  mv "$work/key.pem" "$work/certificate.pem" "$TLS/"
  say "nginx has a new certificate, $(openssl x509 -in "$TLS/certificate.pem" -noout -enddate)"
  if systemctl is-active --quiet nginx.service; then
    systemctl reload nginx.service
  fi
}

export_certificate() {
  aws acm export-certificate --certificate-arn "$CERTIFICATE_ARN" --passphrase "fileb://$1/passphrase" >"$1/export.json"
}

refuse_mismatch() {
  local certified owned
  certified=$(openssl x509 -in "$1/certificate.pem" -noout -pubkey)
  owned=$(openssl pkey -in "$1/key.pem" -pubout)
  [[ $certified == "$owned" ]] || die "The key of certificate $CERTIFICATE_ARN does not fit it. nginx keeps what it has."
}

main
