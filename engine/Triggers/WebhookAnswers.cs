using System.Text.Json.Nodes;
using Homelab.Engine.Dispatch;
using Homelab.Engine.Runs;
using Homelab.Engine.Storage;

namespace Homelab.Engine.Triggers;

/// <summary>A run's answer to a keyed request, kept for its repetitions.</summary>
internal sealed record WebhookAnswer(RunId Run, string BodyHash, RunResponse Response);

internal sealed class WebhookAnswers(Database database, TimeProvider time)
{
    public Task<WebhookAnswer?> FindAsync(string key, CancellationToken cancellationToken) => database.ReadAsync(
        async session =>
        {
            var row = await session.QueryFirstOrDefaultAsync<Row>(
                "SELECT run_id AS RunId, body_hash AS BodyHash, status_code AS StatusCode, content_type AS ContentType, body AS Body, headers AS Headers FROM webhook_answers WHERE idempotency_key = @key",
                new { key }, cancellationToken);
            return row is null
                ? null
                : new WebhookAnswer(new RunId(row.RunId), row.BodyHash, new RunResponse((int)row.StatusCode, row.ContentType, row.Body, row.Headers is null ? null : JsonNode.Parse(row.Headers)?.AsObject()));
        },
        cancellationToken);

    /// <summary>The first answer stays.</summary>
    public Task SaveAsync(string key, WebhookAnswer answer, CancellationToken cancellationToken) => database.WriteAsync(
        session => session.ExecuteAsync(
            """
            INSERT INTO webhook_answers (idempotency_key, run_id, body_hash, status_code, content_type, body, headers, answered_at)
            VALUES (@key, @run, @BodyHash, @StatusCode, @ContentType, @Body, @headers, @now)
            ON CONFLICT (idempotency_key) DO NOTHING
            """,
            new
            {
                key,
                run = answer.Run.Value,
                answer.BodyHash,
                answer.Response.StatusCode,
                answer.Response.ContentType,
                answer.Response.Body,
                headers = answer.Response.Headers?.ToJsonString(),
                now = time.GetUtcNow().ToUnixTimeMilliseconds(),
            },
            cancellationToken),
        cancellationToken);

    public Task<int> PruneAsync(DateTimeOffset before, CancellationToken cancellationToken) => database.WriteAsync(
        session => session.ExecuteAsync("DELETE FROM webhook_answers WHERE answered_at < @before", new { before = before.ToUnixTimeMilliseconds() }, cancellationToken),
        cancellationToken);

    private sealed record Row
    {
        public required string RunId { get; init; }

        public required string BodyHash { get; init; }

        public long StatusCode { get; init; }

        public string? ContentType { get; init; }

        public string? Body { get; init; }

        public string? Headers { get; init; }
    }
}
