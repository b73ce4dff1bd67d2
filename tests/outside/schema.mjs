// What those who build on the schema run over it: node schema.mjs SCHEMA. Prints what each tool found.
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import plugin from '@graphql-eslint/eslint-plugin';
import { generate } from '@graphql-codegen/cli';
import { ESLint } from 'eslint';
import {
  buildSchema, getNamedType, isLeafType, isNonNullType, isObjectType, isScalarType, isUnionType, specifiedScalarTypes,
} from 'graphql';

const file = resolve(process.argv[2]);
// Here, so that what is generated finds the packages.
const folder = mkdtempSync(resolve('made-'));
const schema = buildSchema(readFileSync(file, 'utf8'));
const things = schema.getPossibleTypes(schema.getType('Node'));
const capital = (name) => name[0].toUpperCase() + name.slice(1);

const run = (name, cwd, ...args) => {
  const { status, stdout, stderr } = spawnSync(resolve('node_modules/.bin', name), args, { cwd, encoding: 'utf8' });
  console.log(status === 0 ? `${name}: well` : `${name}: ${stdout}${stderr}`);
};

// The recommended rules and Relay's. Two of them are of a taste that the specifications do not have: that every
// object has an id (here those that are things of their own have, the others are values), and that lists and edges
// hold such things only.
const values = Object.values(schema.getTypeMap()).filter((type) => isObjectType(type) && !things.includes(type));
const eslint = new ESLint({
  overrideConfigFile: true,
  overrideConfig: [{
    files: ['**/*.graphql'],
    plugins: { '@graphql-eslint': plugin },
    languageOptions: { parser: plugin.parser, parserOptions: { graphQLConfig: { schema: file } } },
    rules: {
      ...plugin.configs['flat/schema-recommended'].rules,
      ...plugin.configs['flat/schema-relay'].rules,
      '@graphql-eslint/strict-id-in-types': ['error', { exceptions: { types: values.map((type) => type.name) } }],
      '@graphql-eslint/relay-edge-types': ['error', { listTypeCanWrapOnlyEdgeType: false, shouldImplementNode: false }],
    },
  }],
});
const [linted] = await eslint.lintText(readFileSync(file, 'utf8'), { filePath: 'schema.graphql' });
const found = linted.messages.map(({ line, ruleId, message }) => `${line} ${ruleId} ${message}`);
console.log(found.length === 0 ? 'eslint: well' : `eslint: ${found.join('\n')}`);
run('graphql-schema-linter', folder, file);

// Every field of every type, so deep, as a typed client asks for them.
let count = 0;
const asked = (args, variables) => {
  const given = args.map(({ name, type }) => {
    variables.push(`$v${++count}: ${type}`);
    return `${name}: $v${count}`;
  });
  return given.length > 0 ? `(${given.join(', ')})` : '';
};
const must = ({ type, defaultValue }) => isNonNullType(type) && defaultValue === undefined;
const fields = (type, deep, variables, prefix) => Object.values(type.getFields())
  .filter((field) => deep > 0 || isLeafType(getNamedType(field.type)))
  .map((field) => `${prefix && `${prefix}_${field.name}: `}${field.name}${asked(field.args.filter(must), variables)}${selection(field.type, deep - 1, variables)}`);
const selection = (type, deep, variables) => {
  const named = getNamedType(type);
  if (isLeafType(named)) return '';
  const below = isUnionType(named)
    ? named.getTypes().map((one) => `... on ${one.name} { ${fields(one, deep, variables, one.name).join(' ')} }`)
    : fields(named, deep, variables, '');
  return ` { __typename ${below.join(' ')} }`;
};
const operations = [schema.getQueryType(), schema.getMutationType()].flatMap((root) => Object.values(root.getFields()).map((field) => {
  const variables = [];
  const text = `${field.name}${asked(field.args, variables)}${selection(field.type, 3, variables)}`;
  const declared = variables.length > 0 ? `(${variables.join(', ')})` : '';
  return `${root.name.toLowerCase()} ${root.name}${capital(field.name)}${declared} { ${text} }`;
}));
const own = Object.values(schema.getTypeMap()).filter((type) => isScalarType(type) && !specifiedScalarTypes.includes(type));
const scalars = Object.fromEntries(own.map(({ name }) => [name, name === 'SequenceNumber' ? 'number' : 'string']));
const written = await generate({
  schema: file, documents: operations, silent: true,
  generates: { [join(folder, 'typed/')]: { preset: 'client', config: { strictScalars: true, scalars } } },
}, true);
console.log(written.length > 0 ? 'graphql-codegen: well' : 'graphql-codegen: nothing');
writeFileSync(join(folder, 'tsconfig.json'), JSON.stringify({
  compilerOptions: {
    strict: true, noEmit: true, skipLibCheck: true, types: [], module: 'esnext', moduleResolution: 'bundler', target: 'es2022',
  },
}));
run('tsc', folder);

// Relay pages through every list of the root, and fetches every thing again.
const pages = Object.values(schema.getQueryType().getFields()).filter(({ type }) => getNamedType(type).name.endsWith('Connection')).map(({ name, args }) => {
  const needed = args.filter(must);
  const declared = needed.map((one) => `, ${one.name}: {type: "${one.type}"}`).join('');
  const given = needed.map((one) => `, ${one.name}: $${one.name}`).join('');
  return `graphql\`fragment list${capital(name)} on Query @refetchable(queryName: "list${capital(name)}Page")
    @argumentDefinitions(first: {type: "Int", defaultValue: 10}, after: {type: "String"}${declared}) {
    ${name}(first: $first, after: $after${given}) @connection(key: "list${capital(name)}_${name}") { edges { node { __typename } } } }\`;`;
});
const again = things.map(({ name }) => `graphql\`fragment list${name} on ${name} @refetchable(queryName: "list${name}Again") { id }\`;`);
const relay = join(folder, 'relay');
mkdirSync(join(relay, 'made'), { recursive: true });
writeFileSync(join(relay, 'list.js'), [...pages, ...again].join('\n'));
writeFileSync(join(relay, 'relay.config.json'), JSON.stringify({
  src: '.', schema: './schema.graphql', language: 'javascript', artifactDirectory: './made',
}));
writeFileSync(join(relay, 'schema.graphql'), readFileSync(file));
run('relay-compiler', relay, 'relay.config.json');
rmSync(folder, { recursive: true });
