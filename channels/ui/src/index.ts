export { Conversation, type ChatControl, type ConversationProps, transcript } from './chat/conversation.tsx';
export { MessageParts } from './chat/message-parts.tsx';
export { type ChatMessage, type ChatPart, type ChatTurn } from './chat/parts.ts';
export {
  type ContractCatalogue,
  type ContractOperation,
  type ContractParam,
  type ContractStates,
  readCatalogue,
} from './contracts/catalogue.ts';
export { type Document, labelOf, policyOf, properties, resolve, type Schema } from './contracts/schema.ts';
export { trackOf } from './contracts/track.ts';
export { useOperations, useStates } from './contracts/use-operations.ts';
export { cx } from './cx.ts';
export { type Description, DescriptionList } from './data/description-list.tsx';
export { Empty } from './data/empty.tsx';
export { PageTitle } from './data/page-title.tsx';
export { Panel } from './data/panel.tsx';
export { ProblemPanel } from './data/problem-panel.tsx';
export { type RowEntry, RowList } from './data/row-list.tsx';
export { Skeleton, SkeletonRows } from './data/skeleton.tsx';
export { type Column, Table } from './data/table.tsx';
export { Timeline, type TimelineItem } from './data/timeline.tsx';
export { asProblem, View } from './data/view.tsx';
export { inputSchema, needsNothing, OperationForm, useLookUps } from './form/operation-form.tsx';
export { readBack } from './form/read-back.tsx';
export { SchemaForm } from './form/schema-form.tsx';
export { formatClock, formatDate, formatInstant } from './format/instant.ts';
export { formatMoney, isMoney, type WireMoney } from './format/money.ts';
export { DateText, InstantText, MoneyText } from './format/parts.tsx';
export { formatPoints } from './format/points.ts';
export { mountApp } from './platform/mount.tsx';
export {
  PlinthProvider,
  type Session,
  signInPath,
  useLiveQueries,
  useModule,
  usePlinth,
  useSession,
  useSignOut,
} from './platform/plinth.tsx';
export { reading, useAct } from './platform/queries.ts';
export { setTheme, type Theme, useTheme } from './platform/theme.ts';
export { Badge } from './primitives/badge.tsx';
export { Button, buttonClass, type ButtonVariant, IconButton } from './primitives/button.tsx';
export { Dialog, Sheet } from './primitives/dialog.tsx';
export { Field, FieldError } from './primitives/field.tsx';
export { type Choice, FileInput, NumberInput, Select, Textarea, TextInput } from './primitives/inputs.tsx';
export { Link, linkClass } from './primitives/link.tsx';
export { Menu, MenuChoice, MenuItem, MenuLabel, MenuLink, MenuSeparator } from './primitives/menu.tsx';
export { MoneyInput } from './primitives/money-input.tsx';
export { Progress } from './primitives/progress.tsx';
export { type Tab, Tabs } from './primitives/tabs.tsx';
export { useToast } from './primitives/toast.tsx';
export { Checkbox, Switch } from './primitives/toggles.tsx';
export { NextBestAction, type Suggestion } from './product/next-best-action.tsx';
export { OperationButton } from './product/operation-button.tsx';
export { matches, OperationIndex } from './product/operation-index.tsx';
export { OperationRun } from './product/operation-run.tsx';
export { ResultView, Value } from './product/result-view.tsx';
export { ResourceState, StateBadge, StateTrack, useStateWords } from './product/state.tsx';
export { themeChoices, ThemeSwitch } from './product/theme-switch.tsx';
export { Brand } from './shells/brand.tsx';
export { Gate } from './shells/gate.tsx';
export { KioskFrame } from './shells/kiosk-frame.tsx';
export { bottomLinkClass, PortalShell, topLinkClass } from './shells/portal-shell.tsx';
export { sideLinkClass, ToolShell } from './shells/tool-shell.tsx';
export { humanize } from './words/humanize.ts';
export { type Tone, toneOf } from './words/tones.ts';
export { words } from './words/words.ts';
