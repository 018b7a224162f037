/** What TLS is given. */

/** PEM, as text or as bytes. */
export type Pem = string | Uint8Array

/** What a host or a client shows of itself, and whom it believes. */
export interface TlsCredentials {
  /** The private key. */
  readonly key: Pem
  /**
   * The certificate, and behind it those between it and its authority. Among its alternative names is the URI `rafted://<cluster>/host/<id>`, or
   * `rafted://<cluster>/client/<name>` for a client: see `certificateName`.
   */
  readonly cert: Pem
  /** The authorities whose certificates are accepted, several while they are changed. No others are, whatever the system trusts. */
  readonly ca: Pem | readonly Pem[]
}

/** Or what gives them: it is asked again as connections are made, once a second at most. */
export type Tls = TlsCredentials | (() => TlsCredentials)
