import type { PackageFile, Webhooks } from '../webhooks.ts';
import { apiRoot } from './api-version.ts';
import { apexHook } from './apex/apex-hook.ts';
import { hookTest } from './apex/hook-test.ts';

const HEAD = '<?xml version="1.0" encoding="UTF-8"?>\n';
const NAMESPACE = 'xmlns="http://soap.sforce.com/2006/04/metadata"';

/** The same as the Tooling set-up makes, as a Metadata API package (Metadata API Developer Guide, read 2026-11). */
export const hookPackage: NonNullable<Webhooks['package']> = (context) => {
  const hook = apexHook(context);
  const version = /v(\d+\.\d)$/.exec(apiRoot(context.configuration))?.[1] ?? '';
  const testName = `${hook.className}Test`;
  const objects = hook.triggers.map(({ object }) => object);
  const classes = [
    { name: hook.className, body: hook.classBody },
    { name: testName, body: hookTest({ className: hook.className, objects }) },
  ];
  const files: PackageFile[] = [
    {
      path: 'package.xml',
      text: manifest(version, {
        ApexClass: classes.map(({ name }) => name),
        ApexTrigger: hook.triggers.map(({ name }) => name),
        RemoteSiteSetting: [hook.remoteSite.name],
      }),
    },
    ...classes.flatMap(({ name, body }) => [
      { path: `classes/${name}.cls`, text: body },
      { path: `classes/${name}.cls-meta.xml`, text: about('ApexClass', version) },
    ]),
    ...hook.triggers.flatMap(({ name, body }) => [
      { path: `triggers/${name}.trigger`, text: body },
      { path: `triggers/${name}.trigger-meta.xml`, text: about('ApexTrigger', version) },
    ]),
    {
      path: `remoteSiteSettings/${hook.remoteSite.name}.remoteSite`,
      text: remoteSite(hook.remoteSite.origin),
    },
  ];
  const name = `${hook.className}.zip`;
  const command = `sf project deploy start --metadata-dir ${name} --single-package --test-level RunSpecifiedTests --tests ${testName}`;
  return {
    name,
    files,
    steps: [
      'Download the package; it holds the secret of this instance, so keep it to yourself.',
      `Deploy it with the Salesforce CLI: ${command} --target-org <alias>`,
      'The user who deploys needs Author Apex and Customize Application. Deploy again after event.objects changed.',
    ],
  };
};

function manifest(version: string, members: { [type: string]: string[] }): string {
  const types = Object.entries(members).map(
    ([type, names]) =>
      `    <types>\n${names.map((name) => `        <members>${name}</members>\n`).join('')}        <name>${type}</name>\n    </types>\n`,
  );
  return `${HEAD}<Package ${NAMESPACE}>\n${types.join('')}    <version>${version}</version>\n</Package>\n`;
}

function about(type: string, version: string): string {
  return `${HEAD}<${type} ${NAMESPACE}>\n    <apiVersion>${version}</apiVersion>\n    <status>Active</status>\n</${type}>\n`;
}

function remoteSite(origin: string): string {
  return `${HEAD}<RemoteSiteSetting ${NAMESPACE}>
    <description>Where Tidings hears of changes.</description>
    <disableProtocolSecurity>${origin.startsWith('http:')}</disableProtocolSecurity>
    <isActive>true</isActive>
    <url>${origin.replaceAll('&', '&amp;')}</url>
</RemoteSiteSetting>
`;
}
