// Findings for other programs: SARIF 2.1.0 (OASIS) and the commands of GitHub's workflow log.

import type { Finding, Severity } from '../model/contract.ts';
import { everyRule } from './reference.ts';
import type { RuleEntry } from './rule.ts';
import { sortFindings } from './run.ts';

const levels: Record<Severity, string> = { error: 'error', warn: 'warning', info: 'note', hint: 'note' };

/** Who ran: its name, what its rules say, and why it could not do its work. */
export interface SarifTool {
  name: string;
  rules: readonly Pick<RuleEntry, 'id' | 'why' | 'severity'>[];
  failure?: string | undefined;
}

const linter: SarifTool = { name: 'plinth lint', rules: everyRule };

/** A SARIF 2.1.0 log of one run: rules with their help, results with regions. `shown` makes paths relative. */
export function findingsAsSarif(
  findings: readonly Finding[],
  shown: (file: string) => string = (file) => file,
  by: SarifTool = linter,
): string {
  const sorted = sortFindings(findings);
  const used = new Set(sorted.map((finding) => finding.rule));
  const rules = by.rules
    .filter(({ id }) => used.has(id))
    .map(({ id, why, severity }) => ({
      id,
      shortDescription: { text: why },
      help: { text: why },
      defaultConfiguration: { level: levels[severity] },
    }));
  const results = sorted.map((finding) => ({
    ruleId: finding.rule,
    level: levels[finding.severity],
    message: { text: finding.fix === undefined ? finding.message : `${finding.message}\n${finding.fix}` },
    locations: [
      {
        physicalLocation: {
          artifactLocation: { uri: encodeURI(shown(finding.file)) },
          region: { startLine: finding.line, startColumn: finding.column },
        },
        logicalLocations: [{ fullyQualifiedName: finding.pointer }],
      },
    ],
  }));
  const tool = { driver: { name: by.name, rules } };
  const failed = [{ executionSuccessful: false, toolExecutionNotifications: [{ message: { text: by.failure } }] }];
  const run = { tool, results, ...(by.failure === undefined ? {} : { invocations: failed }) };
  const log = { $schema: 'https://json.schemastore.org/sarif-2.1.0.json', version: '2.1.0', runs: [run] };
  return JSON.stringify(log, undefined, 2);
}

const commands: Record<Severity, string> = { error: 'error', warn: 'warning', info: 'notice', hint: 'notice' };

/** `::error file=…,line=…,col=…,title=…::message`, one line each. */
export function findingsAsGithub(
  findings: readonly Finding[],
  shown: (file: string) => string = (file) => file,
): string {
  return sortFindings(findings)
    .map((finding) => {
      const place = `file=${property(shown(finding.file))},line=${finding.line},col=${finding.column},title=${property(finding.rule)}`;
      const text = finding.fix === undefined ? finding.message : `${finding.message}\n${finding.fix}`;
      return `::${commands[finding.severity]} ${place}::${data(text)}`;
    })
    .join('\n');
}

function data(text: string): string {
  return text.replaceAll('%', '%25').replaceAll('\r', '%0D').replaceAll('\n', '%0A');
}

function property(text: string): string {
  return data(text).replaceAll(':', '%3A').replaceAll(',', '%2C');
}
