/** The external client app that is registered in the org. */
export interface OAuthApp {
  clientId: string;
  clientSecret: string;
  /** Where the consent page may lead back to; undefined: anywhere. */
  callbackUrls?: readonly string[];
  /** "Require Proof Key for Code Exchange". */
  requiresPkce: boolean;
  /** "Rotate refresh tokens": each refresh gives a new one and ends the old. */
  rotatesRefreshTokens: boolean;
  /** The certificate's public key, PEM, of the JWT bearer flow. */
  jwtPublicKey?: string;
}
