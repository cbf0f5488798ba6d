/** An error that the user can correct. Its message is printed as it is, without a stack trace. */
export class Refusal extends Error {
  override readonly name = 'Refusal';
}
