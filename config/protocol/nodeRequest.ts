/** What a node asks over HTTP, each request signed with its key. */
export type NodePurpose = 'saves' | 'packages'

/**
 * What a node signs, as `Authorization: Nearcade <public key>.<signature>`, both base64url. The prefix keeps the signature useless anywhere else.
 * @param path with its query, as it is sent
 * @param bodySha256 of the body, as in the header `x-content-sha256`
 */
export const nodeRequestText = (
  purpose: NodePurpose,
  method: string,
  path: string,
  bodySha256: string,
): string => `nearcade-node-${purpose}-v1:${method} ${path} ${bodySha256}`
