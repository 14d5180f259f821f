// The edge's own problems in German: what happened and what to do next, under the same codes and with the same {values}
// as in catalogue.ts. The customer is addressed as "Sie".

import type { ProblemTexts } from '@plinth/contract';
import type { EdgeCode } from './catalogue.ts';

export const german: Readonly<Record<EdgeCode, ProblemTexts>> = {
  'malformed-request': {
    detail: 'Die Adresse oder ein Header der Anfrage ist nicht lesbar: {reason}.',
    advice: 'Berichtigen Sie die Anfrage. Sonderzeichen in Pfad und Query werden mit Prozent kodiert.',
  },
  'malformed-json': {
    detail: 'Der Body ist kein gültiges JSON: {reason}.',
    advice: 'Senden Sie einen JSON-Wert in UTF-8.',
  },
  'json-not-acceptable': {
    detail: 'Dieses JSON wird hier nicht angenommen. {reason}',
    advice: 'Senden Sie flacheres, kleineres oder einfacheres JSON.',
  },
  'invalid-parameter': {
    detail: 'Mindestens ein Parameter ist nicht so, wie der Vertrag es verlangt.',
    advice: 'Unter `errors` steht zu jedem Parameter, was erwartet wird.',
  },
  'invalid-body': {
    detail: 'Die Angaben sind nicht so, wie der Vertrag es verlangt.',
    advice: 'Unter `errors` steht zu jeder Stelle, was erwartet wird.',
  },
  'idempotency-key-missing': {
    detail: 'Dieser Aufruf ändert etwas und braucht deshalb den Header Idempotency-Key.',
    advice: 'Senden Sie für jeden neuen Wunsch einen neuen zufälligen Schlüssel und bei einer Wiederholung denselben.',
  },
  'idempotency-key-malformed': {
    detail: 'Der Header Idempotency-Key ist kein Text aus 1 bis 255 sichtbaren ASCII-Zeichen.',
    advice: 'Senden Sie zum Beispiel eine UUID in doppelten Anführungszeichen.',
  },
  unauthenticated: {
    detail: 'Dafür müssen Sie angemeldet sein.',
    advice: 'Melden Sie sich an, oder senden Sie ein Access-Token oder einen API-Schlüssel im Header Authorization.',
  },
  'invalid-token': {
    detail: 'Die Anmeldung ist abgelaufen, widerrufen oder gilt hier nicht.',
    advice: 'Melden Sie sich neu an, oder holen Sie ein neues Token.',
  },
  'signature-invalid': {
    detail: 'Die Nachricht ist mit keinem hier bekannten Geheimnis signiert, oder ihre Zeit weicht zu weit ab.',
    advice:
      'Signieren Sie mit dem vereinbarten Geheimnis nach dem Schema dieses Empfängers: bei jedem Versuch neu `webhook-id.webhook-timestamp.body`, so wie es gesendet wird, oder die Einträge einer Benachrichtigung.',
  },
  'step-up-required': {
    detail: 'Dafür braucht es eine neuere oder stärkere Anmeldung.',
    advice: 'Melden Sie sich so an, wie es verlangt wird, und wiederholen Sie denselben Aufruf.',
  },
  'opt-in-required': {
    detail:
      'Diese Operation ist noch nicht fest ({stage}) und kann sich ändern; Anwendungen müssen erst um sie bitten.',
    advice: 'Bitten Sie den Betreiber, sie für Ihre Anwendung zu öffnen, oder nutzen Sie, was fest ist.',
  },
  'insufficient-scope': {
    detail: 'Die Anmeldung hat die Berechtigung {scope} nicht.',
    advice: 'Holen Sie eine Anmeldung mit dieser Berechtigung.',
  },
  'audience-not-allowed': {
    detail: 'Für Aufrufer der Art {audience} wird das nicht angeboten.',
    advice: 'Nutzen Sie eine andere Operation, oder rufen Sie auf als: {allowed}.',
  },
  'consent-required': {
    detail: 'Die Einwilligung zum Zweck {purpose} fehlt.',
    advice: 'Holen Sie die Einwilligung ein, und versuchen Sie es dann noch einmal.',
  },
  'not-yours': {
    detail: 'Das gehört jemand anderem.',
    advice: 'Wählen Sie etwas, das Ihnen gehört.',
  },
  'partner-suspended': {
    detail: 'Die Anwendung oder der Partner, zu dem sie gehört, ist gesperrt. Die Anmeldung selbst ist richtig.',
    advice: 'Eine andere Anmeldung ändert daran nichts: Wenden Sie sich an das Partner-Team der Plattform.',
  },
  'cross-site-request': {
    detail: 'Ein angemeldeter Browser kann nur von unseren eigenen Seiten aus etwas ändern.',
    advice: 'Nutzen Sie unsere Seiten, oder ein Access-Token statt des Cookies.',
  },
  'not-found': {
    detail: 'Hier ist nichts, oder es ist für Sie nicht sichtbar.',
    advice: 'Prüfen Sie die Adresse und die Nummer.',
  },
  'method-not-allowed': {
    detail: 'An dieser Adresse gibt es {method} nicht.',
    advice: 'Nutzen Sie eine der Methoden im Header Allow.',
  },
  'not-acceptable': {
    detail: 'Keiner der Medientypen in Accept kann geliefert werden.',
    advice: 'Senden Sie Accept: application/json.',
  },
  'request-too-slow': {
    detail: 'Die Anfrage ist nicht vollständig angekommen.',
    advice: 'Senden Sie sie noch einmal.',
  },
  retired: {
    detail: 'Diese Operation endete am {sunset}.',
    advice: 'Nutzen Sie ihren Nachfolger: Er steht im Header Link, und die Referenz beschreibt den Umstieg.',
  },
  'idempotency-in-progress': {
    detail: 'Der erste Aufruf mit diesem Idempotency-Key läuft noch.',
    advice: 'Wiederholen Sie denselben Aufruf mit demselben Schlüssel nach der Zeit in Retry-After.',
  },
  'outcome-unknown': {
    detail: 'Es ist nicht bekannt, ob der Aufruf gewirkt hat.',
    advice:
      'Wiederholen Sie ihn nicht mit einem neuen Schlüssel. Fragen Sie mit demselben Schlüssel nach dem Ergebnis.',
  },
  'answer-not-kept': {
    detail:
      'Der Aufruf wurde ausgeführt und endete mit {status}. Seine Antwort war größer als 1 MiB und wurde nicht aufbewahrt.',
    advice:
      'Wiederholen Sie ihn nicht mit einem neuen Schlüssel. Laden Sie, was er bewirkt hat: Der Header Location oder resource des Vorgangs nennt es gegebenenfalls.',
  },
  'conflicting-state': {
    detail: 'Das ist im jetzigen Zustand nicht möglich.',
    advice: 'Laden Sie den Stand neu, und wählen Sie, was jetzt möglich ist.',
  },
  'confirmation-used': {
    detail: 'Diese Bestätigung wurde für einen anderen Aufruf verwendet.',
    advice: 'Beginnen Sie von vorn: Der Aufruf wird noch einmal vorgelesen.',
  },
  'precondition-failed': {
    detail: 'Es hat inzwischen eine andere Version als die in If-Match.',
    advice: 'Laden Sie neu, sehen Sie sich die Änderung an, und wiederholen Sie es mit dem neuen ETag.',
  },
  'precondition-required': {
    detail: 'Dieser Aufruf ändert etwas Bestehendes und braucht deshalb den Header If-Match.',
    advice: 'Lesen Sie das Objekt, und senden Sie sein ETag in If-Match.',
  },
  'confirmation-required': {
    detail: '{readback}',
    advice:
      'Lassen Sie den Kunden genau diesen Aufruf bestätigen; wiederholen Sie ihn dann mit dem Header Plinth-Confirmation und demselben Idempotency-Key.',
  },
  'body-too-large': {
    detail: 'Der Body ist größer als {bytes} Bytes.',
    advice: 'Senden Sie weniger auf einmal.',
  },
  'file-too-large': {
    detail: 'Eine Datei ist größer als {bytes} Bytes.',
    advice: 'Senden Sie eine kleinere.',
  },
  'target-too-long': {
    detail: 'Die Adresse ist länger als 8 KiB.',
    advice: 'Kürzen Sie die Query.',
  },
  'unsupported-media-type': {
    detail: 'Der Medientyp {type} des Bodys wird hier nicht angenommen.',
    advice: 'Senden Sie einen von: {accepted}.',
  },
  'unsupported-encoding': {
    detail: 'Ein Body in diesem Content-Encoding wird hier nicht angenommen.',
    advice: 'Senden Sie den Body ohne Content-Encoding oder in einem aus dem Header Accept-Encoding.',
  },
  'callback-refused': {
    detail: 'Dorthin kann das Ergebnis nicht gesendet werden: {reason}.',
    advice:
      'Nennen Sie eine öffentliche https-Adresse. Callbacks werden mit dem Geheimnis signiert, das partners.rotateCallbackSecret macht.',
  },
  'idempotency-key-reused': {
    detail: 'Dieser Idempotency-Key wurde schon für einen anderen Aufruf verwendet.',
    advice: 'Nehmen Sie für einen neuen Wunsch einen neuen Schlüssel.',
  },
  'headers-too-large': {
    detail: 'Die Header der Anfrage sind zu groß.',
    advice: 'Senden Sie weniger oder kürzere Header.',
  },
  'rate-limited': {
    detail: 'Das Limit „{limit}“ ist aufgebraucht.',
    advice: 'Warten Sie die Zeit in Retry-After ab.',
  },
  'quota-exhausted': {
    detail: 'Das Kontingent „{limit}“ ist aufgebraucht.',
    advice: 'Warten Sie die Zeit in Retry-After ab, oder fragen Sie nach einem größeren Plan.',
  },
  'too-many-failures': {
    detail: 'Von hier kamen zu viele Anmeldungen oder Nummern, die abgelehnt wurden.',
    advice: 'Warten Sie die Zeit in Retry-After ab.',
  },
  internal: {
    detail: 'Bei uns ist etwas schiefgegangen.',
    advice: 'Versuchen Sie es später noch einmal. Bleibt es dabei, nennen Sie uns den Wert von `instance`.',
  },
  'response-breaks-contract': {
    detail: 'Die Antwort dieser Operation entspricht nicht ihrem Vertrag.',
    advice: 'Nennen Sie dem Team, dem die Capability gehört, den Wert von `instance`.',
  },
  'mock-cannot-answer': {
    detail: 'Für diese Operation lässt sich keine gültige Beispielantwort machen: {reason}.',
    advice: 'Geben Sie der Operation in ihrem Vertrag ein Beispiel.',
  },
  'not-implemented': {
    detail: 'Diese Operation wird noch von nichts erfüllt.',
    advice: 'Binden Sie einen Handler, oder starten Sie mit dem Mock.',
  },
  'upstream-failed': {
    detail: 'Ein System hinter dieser Operation hat unbrauchbar geantwortet.',
    advice: 'Versuchen Sie es später noch einmal.',
  },
  'brown-out': {
    detail:
      'Diese Operation endet am {sunset} und ist jetzt für einige Minuten abgeschaltet, damit dann niemand überrascht ist.',
    advice: 'Steigen Sie auf ihren Nachfolger um (Header Link). Nach Retry-After geht sie wieder.',
  },
  overloaded: {
    detail: 'Es gibt mehr zu tun, als rechtzeitig zu schaffen ist.',
    advice: 'Warten Sie die Zeit in Retry-After ab.',
  },
  draining: {
    detail: 'Dieser Server wird gleich beendet.',
    advice: 'Wiederholen Sie den Aufruf; ein anderer Server antwortet.',
  },
  'dependency-unavailable': {
    detail: 'Ein System, das dafür gebraucht wird, antwortet gerade nicht.',
    advice: 'Wiederholen Sie den Aufruf nach der Zeit in Retry-After.',
  },
  'deadline-exceeded': {
    detail: 'Der Aufruf wurde nicht innerhalb von {timeoutMs} ms fertig.',
    advice: 'Wiederholen Sie ihn mit demselben Idempotency-Key.',
  },
  'not-cached': {
    detail: 'Es war nur eine aufbewahrte Antwort gewünscht (only-if-cached), und es gibt keine, die noch frisch ist.',
    advice: 'Lassen Sie only-if-cached weg, dann wird die Antwort gemacht.',
  },
  'storage-full': {
    detail: 'Es ist kein Platz mehr, um das zu speichern.',
    advice: 'Versuchen Sie es später noch einmal.',
  },
};
