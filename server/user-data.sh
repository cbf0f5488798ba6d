#!/bin/bash
# What a new server runs first, as root: says what it is (two files), fetches the server bundle, and hands over to its
# boot.sh. CDK fills in what stands in dollar and braces, and would mistake any other for one more: hence none here.
set -euo pipefail

# Whatever ends this script ends it too early: boot.sh takes its place, and signals for itself.
signal_failure() {
  # shellcheck disable=SC1091 # written below
  source /etc/zero-to-million/server.env
  /opt/aws/bin/cfn-signal --success false --reason 'The server could not fetch its bundle: cloud-init-output.log has more' \
    --stack "$STACK_NAME" --resource "$SIGNAL_RESOURCE" --region "$AWS_REGION"
}
trap signal_failure EXIT

mkdir -p /etc/zero-to-million

cat >/etc/zero-to-million/server.env <<'END'
${ServerEnvironment}
END
cat >/etc/zero-to-million/app.env <<'END'
${ApplicationEnvironment}
END

for attempt in 1 2 3 4 5; do
  # shellcheck disable=SC2154 # CDK fills it in
  aws s3 cp --only-show-errors "${BundleUrl}" /tmp/bundle.zip && break
  echo "The bundle could not be fetched (attempt $attempt of 5)."
  [[ $attempt -lt 5 ]]
  sleep "$((attempt * 5 + RANDOM % 5))"
done
rm -rf /opt/zero-to-million
# Python is always there, for dnf needs it; unzip may not be.
python3 -m zipfile -e /tmp/bundle.zip /opt/zero-to-million
rm /tmp/bundle.zip
chmod 0755 /opt/zero-to-million /opt/zero-to-million/*.sh

exec /opt/zero-to-million/boot.sh
