/** Something that only the user can mend, in sentences that say so: it is printed as it is, without a stack trace. */
export class Refusal extends Error {
  override readonly name = 'Refusal';
}
