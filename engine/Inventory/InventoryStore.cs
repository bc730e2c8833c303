using System.Text.Json;
using Dapper;
using Homelab.Engine.Gate;
using Homelab.Engine.Storage;

namespace Homelab.Engine.Inventory;

/// <summary>The one inventory, its changes, and the documents made from it.</summary>
internal sealed class InventoryStore(Database database, TimeProvider time)
{
    private static readonly TimeSpan ConnectionsKept = TimeSpan.FromDays(14);

    public Task<IReadOnlyList<InventoryItem>> ItemsAsync(CancellationToken cancellationToken) => database.ReadAsync<IReadOnlyList<InventoryItem>>(
        async session => [.. (await session.QueryAsync<ItemRow>($"SELECT {Sql.Columns<ItemRow>()} FROM inventory_items ORDER BY id", null, cancellationToken)).Select(row =>
            new InventoryItem(row.Id, row.Kind, row.Name, row.Parent, row.Source, JsonSerializer.Deserialize<SortedDictionary<string, string>>(row.Attributes) ?? []))],
        cancellationToken);

    public Task<IReadOnlyList<InventoryEdge>> EdgesAsync(CancellationToken cancellationToken) => database.ReadAsync<IReadOnlyList<InventoryEdge>>(
        async session => [.. (await session.QueryAsync<EdgeRow>($"SELECT {Sql.Columns<EdgeRow>()} FROM inventory_edges ORDER BY from_id, to_id, why", null, cancellationToken)).Select(row =>
            new InventoryEdge(row.FromId, row.ToId, row.Why, row.Source))],
        cancellationToken);

    /// <summary>Takes a scan in: what was seen, what is gone where it was looked, and what changed.</summary>
    public Task SaveAsync(InventoryScan scan, IReadOnlyList<InventoryChange> changes, CancellationToken cancellationToken) => database.WriteAsync(
        async session =>
        {
            var now = time.GetUtcNow();
            var at = now.ToUnixTimeMilliseconds();
            foreach (var change in changes.Where(change => change.Kind == "removed"))
                await session.ExecuteAsync("DELETE FROM inventory_items WHERE id = @ItemId", change, cancellationToken);
            foreach (var item in scan.Items.Values)
            {
                await session.ExecuteAsync(
                    $"{Sql.Insert<ItemRow>("inventory_items")} ON CONFLICT (id) DO UPDATE SET kind = @Kind, name = @Name, parent = @Parent, source = @Source, attributes = @Attributes, seen_at = @SeenAt",
                    new ItemRow { Id = item.Id, Kind = item.Kind, Name = item.Name, Parent = item.Parent, Source = item.Source, Attributes = JsonSerializer.Serialize(item.Attributes), FirstAt = at, SeenAt = at },
                    cancellationToken);
            }

            var old = (now - ConnectionsKept).ToUnixTimeMilliseconds();
            foreach (var source in scan.Answered)
                await session.ExecuteAsync("DELETE FROM inventory_edges WHERE source = @source AND (why <> @Connection OR seen_at < @old)", new { source, InventoryEdge.Connection, old }, cancellationToken);
            foreach (var edge in scan.Edges)
            {
                await session.ExecuteAsync(
                    $"{Sql.Insert<EdgeRow>("inventory_edges")} ON CONFLICT (from_id, to_id, why) DO UPDATE SET seen_at = @SeenAt",
                    new EdgeRow { FromId = edge.From, ToId = edge.To, Why = edge.Why, Source = edge.Source, SeenAt = at }, cancellationToken);
            }

            foreach (var change in changes)
            {
                await session.ExecuteAsync(
                    "INSERT INTO inventory_changes (id, at, item_id, text) VALUES (@id, @at, @ItemId, @Text)", new { id = Guid.CreateVersion7(now).ToString("N"), at, change.ItemId, change.Text }, cancellationToken);
            }

            await session.ExecuteAsync("DELETE FROM inventory_changes WHERE at < @at", new { at = now.AddDays(-400).ToUnixTimeMilliseconds() }, cancellationToken);
        },
        cancellationToken);

    /// <summary>Texts of changes of one day, oldest first.</summary>
    public Task<IReadOnlyList<string>> ChangesAsync(DateTimeOffset from, DateTimeOffset to, CancellationToken cancellationToken) => database.ReadAsync<IReadOnlyList<string>>(
        async session => (await session.QueryAsync<string>(
            "SELECT text FROM inventory_changes WHERE at >= @from AND at < @to ORDER BY id", new { from = from.ToUnixTimeMilliseconds(), to = to.ToUnixTimeMilliseconds() }, cancellationToken)).AsList(),
        cancellationToken);

    public Task<IReadOnlyList<DocumentRow>> DocumentsAsync(CancellationToken cancellationToken) => database.ReadAsync<IReadOnlyList<DocumentRow>>(
        async session => (await session.QueryAsync<DocumentRow>($"SELECT {Sql.Columns<DocumentRow>()} FROM documents ORDER BY path", null, cancellationToken)).AsList(), cancellationToken);

    public Task<DocumentRow?> DocumentAsync(string path, CancellationToken cancellationToken) => database.ReadAsync(
        session => session.QueryFirstOrDefaultAsync<DocumentRow>($"SELECT {Sql.Columns<DocumentRow>()} FROM documents WHERE path = @path", new { path }, cancellationToken), cancellationToken);

    /// <summary>Stores what differs from what is there; that is to be committed then.</summary>
    public Task WriteDocumentsAsync(IReadOnlyDictionary<string, string> documents, CancellationToken cancellationToken) => database.WriteAsync(
        async session =>
        {
            foreach (var (path, content) in documents)
            {
                await session.ExecuteAsync(
                    """
                    INSERT INTO documents (path, content, updated_at, committed, commit_id) VALUES (@path, @content, @at, 0, NULL)
                    ON CONFLICT (path) DO UPDATE SET content = @content, updated_at = @at, committed = 0 WHERE documents.content <> @content
                    """,
                    new { path, content, at = time.GetUtcNow().ToUnixTimeMilliseconds() }, cancellationToken);
            }
        },
        cancellationToken);

    /// <param name="before">What was written since is not committed yet.</param>
    public Task CommittedAsync(IReadOnlyList<string> paths, string? commit, DateTimeOffset before, CancellationToken cancellationToken) => database.WriteAsync(
        async session =>
        {
            foreach (var path in paths)
                await session.ExecuteAsync(
                    "UPDATE documents SET committed = 1, commit_id = COALESCE(@commit, commit_id) WHERE path = @path AND updated_at <= @before", new { path, commit, before = before.ToUnixTimeMilliseconds() }, cancellationToken);
        },
        cancellationToken);

    private sealed class ItemRow
    {
        public string Id { get; set; } = "";

        public string Kind { get; set; } = "";

        public string Name { get; set; } = "";

        public string? Parent { get; set; }

        public string Source { get; set; } = "";

        public string Attributes { get; set; } = "{}";

        public long FirstAt { get; set; }

        public long SeenAt { get; set; }
    }

    private sealed class EdgeRow
    {
        public string FromId { get; set; } = "";

        public string ToId { get; set; } = "";

        public string Why { get; set; } = "";

        public string Source { get; set; } = "";

        public long SeenAt { get; set; }
    }
}

internal sealed class DocumentRow
{
    public string Path { get; set; } = "";

    public string Content { get; set; } = "";

    public long UpdatedAt { get; set; }

    public long Committed { get; set; }

    public string? CommitId { get; set; }
}
