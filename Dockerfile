# Debian and not Alpine: the embedded engine is linked against glibc.
FROM node:24.21.0-bookworm-slim AS packages
WORKDIR /curfew
COPY package.json package-lock.json .npmrc ./
RUN npm ci --omit=dev

FROM node:24.21.0-bookworm-slim
WORKDIR /curfew
ENV NODE_ENV=production
# Everything that is written goes there: keys, kill switch, checkpoints and, without a server, rows.
# The rest of the file system may be read-only; /tmp must be writable.
ENV CURFEW_DATA_DIR=/var/lib/curfew
RUN mkdir -p /var/lib/curfew && chown node:node /var/lib/curfew && chmod 700 /var/lib/curfew
COPY --from=packages /curfew/node_modules node_modules
COPY package.json curfew NOTICE LICENSE ./
COPY schemas schemas
COPY dashboards dashboards
COPY src src
# Into the image, so that no container has to do it at its first start.
RUN ./curfew look-ups
USER node
VOLUME /var/lib/curfew
EXPOSE 8080
# The API listens on the container's own loopback address unless CURFEW_HTTP_HOST says otherwise.
HEALTHCHECK --interval=10s --timeout=5s --start-period=30s --retries=6 \
  CMD ["node_modules/.bin/node", "-e", "fetch('http://127.0.0.1:' + (process.env.CURFEW_HTTP_PORT || 8080) + '/healthz').then((answer) => process.exit(answer.ok ? 0 : 1), () => process.exit(1))"]
ENTRYPOINT ["./curfew"]
CMD ["start"]
