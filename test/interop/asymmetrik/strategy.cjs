/** A strategy of passport, which the server loads by its path; `judge` is set before requests come. */
exports.judge = undefined
exports.strategy = {
  name: 'bearer',
  authenticate(request) {
    exports.judge(request).then(
      (claims) => this.success(claims),
      ({ challenge }) => this.fail(challenge, 401),
    )
  },
}
