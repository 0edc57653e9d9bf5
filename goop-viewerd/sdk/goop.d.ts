// What the scripts of /sdk/ put on the global Goop. For editors and tsc:
// /// <reference path="goop.d.ts" />

declare namespace Goop {
  type Value = string | number | boolean | null;

  /** A row as the database has it: its own columns beside these. */
  interface Row {
    _id: number;
    /** Peer id of who inserted it. */
    _owner: string;
    _owner_email: string;
    /** "YYYY-MM-DD HH:MM:SS", UTC. */
    _created_at: string;
    _updated_at: string;
    [column: string]: any;
  }

  /** Every failed call rejects with one. */
  interface GoopError extends Error {
    /** HTTP status; 0: no answer. */
    status: number;
  }

  interface Where {
    /** An SQL condition with ? for each of args. */
    where?: string;
    args?: Value[];
  }
  interface FindOptions extends Where {
    fields?: string[];
    columns?: string[];
    /** "name, _id DESC" */
    order?: string;
    limit?: number;
    offset?: number;
  }

  type ColumnType = 'text' | 'integer' | 'real' | 'blob' | 'guid' | 'datetime' | 'date' | 'time' | 'enum';
  type Right = 'read' | 'insert' | 'update' | 'delete';
  type Level = 'local' | 'owner' | 'group' | 'open';
  interface Column {
    name: string;
    type: ColumnType;
    key?: boolean;
    required?: boolean;
    auto?: boolean;
    default?: string;
    values?: { key: string; label: string }[];
  }
  interface ClassicColumn {
    name: string;
    /** "TEXT", "INTEGER", "VARCHAR(20)" */
    type: string;
    not_null?: boolean;
    default?: string | null;
  }
  interface Schema {
    name?: string;
    columns: Column[];
    context?: boolean;
    access?: Record<Right, Level>;
    roles?: Record<string, Partial<Record<Right, boolean>>>;
    system_key?: boolean;
  }

  type Shape = { mode: 'orm'; schema: Schema } |
    { mode: 'classic'; columns: (ClassicColumn & { cid: number; pk: number })[] };
  interface TableInfo {
    name: string;
    insert_policy: string;
    created_at: string;
    mode?: 'orm' | 'classic';
  }
  interface Role {
    role: string;
    permissions: Record<Right, boolean> | null;
  }
  interface Inserted {
    status: string;
    id: number;
  }
  interface Done {
    status: string;
  }
  interface Affected {
    affected: number;
  }
  interface Change {
    table: string;
  }
  type Data = Record<string, Value | undefined>;
  type AggregateOptions = Where & { group_by?: string; groupBy?: string };
  type PluckOptions = Where & { order?: string; limit?: number };

  interface DataApi {
    find<T = Row>(table: string, options?: FindOptions): Promise<T[]>;
    findOne<T = Row>(table: string, options?: FindOptions): Promise<T | null>;
    get<T = Row>(table: string, id: number): Promise<T | null>;
    getBy<T = Row>(table: string, column: string, value: Value): Promise<T | null>;
    list<T = Row>(table: string, limit?: number): Promise<T[]>;
    pluck<T = any>(table: string, column: string, options?: PluckOptions): Promise<T[]>;
    distinct<T = any>(table: string, column: string, options?: Where): Promise<T[]>;
    exists(table: string, options?: Where): Promise<boolean>;
    count(table: string, options?: Where): Promise<number>;
    aggregate<T = Record<string, any>>(table: string, expr: string, options?: AggregateOptions): Promise<T[]>;
    insert(table: string, row: Data): Promise<Inserted>;
    update(table: string, id: number, row: Data): Promise<Done>;
    remove(table: string, id: number): Promise<Done>;
    updateWhere(table: string, row: Data, options: Where): Promise<Affected>;
    deleteWhere(table: string, options: Where): Promise<Affected>;
    upsert(table: string, keyColumn: string, row: Data): Promise<Inserted>;
    tables(): Promise<TableInfo[]>;
    schemas(): Promise<Record<string, Schema>>;
    describe(table: string): Promise<Shape>;
    role(table: string): Promise<Role>;
    /** A function of the site's lua/ folder. */
    call<T = any>(name: string, params?: object): Promise<T>;
    functions(): Promise<{ name: string; description: string }[]>;
    api(name: string): <T = any>(action: string, params?: object) => Promise<T>;
    orm<T = Row>(table: string): Promise<Table<T>>;
    config<T extends Data>(table: string, defaults?: T): Promise<Readonly<T> & Config>;
    /** Calls fn whenever the table may have changed; returns how to stop. */
    subscribe(table: string, fn: (change: Change) => void): () => void;
    /** The owner's alone; query is an older name of find. */
    query<T = Row>(table: string, options?: FindOptions): Promise<T[]>;
    createTable(name: string, columns: (Column | ClassicColumn)[] | Schema):
      Promise<{ status: string; table: string; mode: string }>;
    dropTable(table: string): Promise<Done>;
    addColumn(table: string, column: Column | ClassicColumn): Promise<Done>;
  }

  interface Config {
    get(key: string): any;
    set(key: string, value: Value): Promise<void>;
  }

  interface FormOptions {
    /** A row: then the form changes it. */
    values?: Record<string, any>;
    exclude?: string[];
    labels?: Record<string, string>;
    submitLabel?: string;
    onSave?(result: Inserted | Done, row: Data): void;
  }
  interface TableOptions {
    exclude?: string[];
    labels?: Record<string, string>;
    showId?: boolean;
    /** A button each; edit and remove only where the visitor may. */
    actions?: Record<string, false | ((row: any, line: HTMLTableRowElement) => void)>;
    onRow?(line: HTMLTableRowElement, row: any): void;
  }

  /** One table: its schema, what the visitor may do, and all calls. */
  interface Table<T = Row> {
    name: string;
    columns: (Column | ClassicColumn)[];
    access: Record<Right, Level> | null;
    system_key: boolean;
    context: boolean;
    canInsert: boolean;
    /** Rows of others too; of single rows ask mayUpdate and mayDelete. */
    canUpdate: boolean;
    canDelete: boolean;
    mayUpdate(row: T): boolean;
    mayDelete(row: T): boolean;
    validate(row: Data): { valid: boolean; errors: Record<string, string> };
    form(place: string | Element, options?: FormOptions): HTMLFormElement;
    table(place: string | Element, rows: T[], options?: TableOptions): HTMLTableElement;
    find(options?: FindOptions): Promise<T[]>;
    findOne(options?: FindOptions): Promise<T | null>;
    get(id: number): Promise<T | null>;
    getBy(column: string, value: Value): Promise<T | null>;
    list(limit?: number): Promise<T[]>;
    pluck<V = any>(column: string, options?: PluckOptions): Promise<V[]>;
    distinct<V = any>(column: string, options?: Where): Promise<V[]>;
    exists(options?: Where): Promise<boolean>;
    count(options?: Where): Promise<number>;
    aggregate<A = Record<string, any>>(expr: string, options?: AggregateOptions): Promise<A[]>;
    insert(row: Data): Promise<Inserted>;
    update(id: number, row: Data): Promise<Done>;
    remove(id: number): Promise<Done>;
    updateWhere(row: Data, options: Where): Promise<Affected>;
    deleteWhere(options: Where): Promise<Affected>;
    upsert(keyColumn: string, row: Data): Promise<Inserted>;
    role(): Promise<Role>;
    subscribe(fn: (change: Change) => void): () => void;
  }
  const data: DataApi;

  interface Peer {
    /** Who visits. */
    myId: string;
    /** Whose site it is. */
    hostId: string;
    isOwner: boolean;
    isGroup: boolean;
    label: string;
  }
  function peer(): Promise<Peer>;
  function esc(text: unknown): string;
  function date(time: string | number | Date, options?: Intl.DateTimeFormatOptions): string;
  /** HTML without scripts, handlers, styles and other documents. */
  function clean(html: string): DocumentFragment;
  interface Overlay {
    el: HTMLElement;
    open(): void;
    close(): void;
  }
  function overlay(idOrElement: string | HTMLElement): Overlay;

  interface ListOptions<T> {
    empty?: string | Node;
    emptyClass?: string;
    /** For elements with data-action="name". */
    actions?: Record<string, (row: T, element: Element, event: Event) => void>;
    onRow?(element: Element, row: T): void;
  }
  function list<T>(place: string | Element, rows: T[] | null, partial: string,
    options?: ListOptions<T>): Promise<Element>;
  function list<T>(place: string | Element, rows: T[] | null,
    fn: (row: T, index: number) => Node | string, options?: ListOptions<T>): Element;

  // goop-identity.js
  interface Identity {
    id: string;
    label: string;
    /** Empty at a visited site. */
    email: string;
    [key: string]: any;
  }
  const identity: {
    get(): Promise<Identity>;
    id(): Promise<string>;
    label(): Promise<string>;
    email(): Promise<string>;
    refresh(): void;
    resolveName(id: string, name?: string): string;
  };

  // goop-peers.js: at a site there are none
  interface PeerRow {
    ID: string;
    Content: string;
    Email: string;
    AvatarHash: string;
    Verified: boolean;
    Reachable: boolean;
    Offline: boolean;
    LastSeen: string;
    Favorite: boolean;
    [key: string]: any;
  }
  interface PeerHandlers {
    onSnapshot?(peers: PeerRow[]): void;
    onUpdate?(id: string, peer: PeerRow): void;
    onRemove?(id: string): void;
    onError?(error: Error): void;
  }
  const peers: {
    list(): Promise<PeerRow[]>;
    subscribe(handlers: PeerHandlers, everyMs?: number): void;
    unsubscribe(): void;
  };

  // goop-router.js
  const router: {
    param(name: string): string | null;
    params(): Record<string, string>;
    page(): string;
    go(target: string): void;
    home(): void;
  };

  // goop-component-template.js
  function partial(name: string, data?: object): Promise<HTMLElement>;
  function preload(...names: string[]): Promise<void>;

  // goop-form.js
  type Option = string | { value: string; label?: string };
  interface Field {
    name: string;
    label?: string;
    type?: 'text' | 'textarea' | 'select' | 'radio' | 'checkbox' | 'number' | 'date' |
      'datetime' | 'color' | 'toggle' | 'tags' | 'stepper';
    options?: Option[];
    placeholder?: string;
    required?: boolean;
    value?: string;
    min?: number | string;
    max?: number | string;
    step?: number | string;
    /** Of a select: several. */
    multi?: boolean;
    searchable?: boolean;
  }
  const form: {
    render(place: Element, options: {
      table: string;
      fields: Field[];
      submitLabel?: string;
      doneMessage?: string;
      /** One answer per visitor, which the form shows and changes. */
      singleResponse?: boolean;
      onDone?(answer: Record<string, string>, id: number): void;
    }): Promise<HTMLFormElement>;
  };

  // goop-forms.js
  const forms: {
    render(place: Element, table: string): Promise<{ el: Element; refresh(): Promise<void> }>;
    insertForm(place: Element, table: string, onInsert?: (result: Inserted) => void):
      Promise<HTMLFormElement | null>;
  };

  // goop-component-base.js
  type Child = Node | string | number | boolean | null | undefined | Child[];
  function dom<K extends keyof HTMLElementTagNameMap>(tag: K,
    attributes?: Record<string, any> | null, ...children: Child[]): HTMLElementTagNameMap[K];
  function dom(tag: string, attributes?: Record<string, any> | null,
    ...children: Child[]): HTMLElement;
  function render<E extends Element>(place: E, ...children: Child[]): E;

  // goop-component-toast.js, goop-component-dialog.js; goop-ui.js brings both
  type ToastMessage = string | { title?: string; message?: string; duration?: number;
    kind?: 'success' | 'error' | 'warning' | 'info' };
  interface ToastHandle {
    el: HTMLElement;
    close(): void;
  }
  interface Toast {
    (message: ToastMessage): ToastHandle;
    success(message: ToastMessage): ToastHandle;
    error(message: ToastMessage): ToastHandle;
    warning(message: ToastMessage): ToastHandle;
    info(message: ToastMessage): ToastHandle;
  }
  interface ToastClasses {
    toastClass?: string;
    titleClass?: string;
    messageClass?: string;
    enterClass?: string;
    exitClass?: string;
    duration?: number;
  }
  interface Question {
    title?: string;
    message?: string;
    input?: boolean | { value?: string; placeholder?: string };
    value?: string;
    placeholder?: string;
    /** What has to be typed. */
    match?: string;
    danger?: boolean;
    okLabel?: string;
    cancelLabel?: string;
    hideCancel?: boolean;
  }
  interface Dialogs {
    alert(title: string | Question, message?: string): Promise<void>;
    confirm(message: string | Question, title?: string): Promise<boolean>;
    prompt(message: string | Question, value?: string, title?: string): Promise<string | null>;
    confirmDanger(message: string | Question, match?: string): Promise<string | null>;
  }
  /** Selectors in markup of the page. */
  interface DialogParts {
    title?: string;
    message?: string;
    input?: string;
    inputWrap?: string;
    ok?: string;
    cancel?: string;
    hiddenClass?: string;
  }
  interface Dialog extends Dialogs {
    el: Element;
    show(question: Question): Promise<true | string | null>;
    close(): void;
    destroy(): void;
  }
  interface Ui extends Dialogs {
    toast: Toast & ((place: Element, classes?: ToastClasses) =>
      Toast & { el: Element; destroy(): void });
    dialog: ((place: Element, parts?: DialogParts) => Dialog) &
      ((question: Question) => Promise<true | string | null>);
    avatar(peerId: string, options?: { size?: number; class?: string }): HTMLElement;
    empty(message: string, options?: { class?: string }): HTMLElement;
    loading(message?: string, options?: { class?: string }): HTMLElement;
    /** "3 minutes ago" */
    time(time: string | number | Date): HTMLTimeElement;
    theme(): 'light' | 'dark';
    grid<E extends Element>(element: E): E;
    /** Of goop-ui.js: when all of it is there. */
    ready?: Promise<Ui>;
  }
  const ui: Ui;
}
