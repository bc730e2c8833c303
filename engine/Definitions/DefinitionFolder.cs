using System.Collections.Concurrent;
using System.Security.Cryptography;
using System.Text.Json;
using Homelab.Engine.Storage;
using Homelab.Workflows.Definitions;

namespace Homelab.Engine.Definitions;

/// <summary>A file in the workflows folder that could not be taken; what was imported from it before stays.</summary>
internal sealed record FileProblem(string File, string Message, DateTimeOffset At);

/// <summary>
/// Takes <c>workflows/*.json</c> into the store: at the start, and when a file is dropped in or changed. A file is imported once per content,
/// so that what was edited in Studio since is not undone by a restart. A bad file keeps the old definition and is reported. JSON of another kind below
/// the folder (Grafana's dashboards, schemas) is left alone.
/// </summary>
internal sealed partial class DefinitionFolder(DefinitionFolderOptions options, Database database, DefinitionService definitions, DefinitionCatalog catalog, TimeProvider time, ILogger<DefinitionFolder> logger)
    : BackgroundService
{
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(2);

    private readonly ConcurrentDictionary<string, FileProblem> _problems = new();
    private readonly Dictionary<string, (DateTime Written, long Length)> _seen = [];

    public IReadOnlyCollection<FileProblem> Problems => [.. _problems.Values.OrderBy(problem => problem.File, StringComparer.Ordinal)];

    /// <summary>Looks at every file that changed since the last look. The number of definitions that were taken.</summary>
    public async Task<int> ScanAsync(CancellationToken cancellationToken)
    {
        if (options.Directory is not { } directory || !Directory.Exists(directory))
            return 0;
        var taken = 0;
        var files = new DirectoryInfo(directory).GetFiles("*.json", SearchOption.AllDirectories).Where(file => !file.Name.EndsWith(".schema.json", StringComparison.Ordinal)).OrderBy(file => file.FullName, StringComparer.Ordinal).ToArray();
        foreach (var file in files)
        {
            var name = Path.GetRelativePath(directory, file.FullName);
            var stamp = (file.LastWriteTimeUtc, file.Length);
            if (_seen.TryGetValue(name, out var seen) && seen == stamp)
                continue;
            _seen[name] = stamp;
            if (await TakeAsync(file, name, cancellationToken))
                taken++;
        }

        foreach (var gone in _problems.Keys.Except(files.Select(file => Path.GetRelativePath(directory, file.FullName))).ToArray())
            _problems.TryRemove(gone, out _);
        return taken;
    }

    public override async Task StartAsync(CancellationToken cancellationToken)
    {
        await ScanAsync(cancellationToken);
        await catalog.RefreshAsync(cancellationToken);
        await base.StartAsync(cancellationToken);
    }

    /// <summary>Polling, not a file watcher: it also works on network shares and container mounts, where no event comes.</summary>
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(Interval, time);
        while (await timer.WaitForNextTickAsync(stoppingToken))
        {
            try
            {
                await ScanAsync(stoppingToken);
                // Other nodes' changes are seen here as well.
                await catalog.RefreshAsync(stoppingToken);
            }
#pragma warning disable CA1031 // A lost database or disk must not end the loop; the next turn tries again.
            catch (Exception error) when (error is not OperationCanceledException)
#pragma warning restore CA1031
            {
                Log.ScanFailed(logger, error);
            }
        }
    }

    private async Task<bool> TakeAsync(FileInfo file, string name, CancellationToken cancellationToken)
    {
        try
        {
            var content = await File.ReadAllBytesAsync(file.FullName, cancellationToken);
            var hash = Convert.ToHexString(SHA256.HashData(content));
            if (await KnownAsync(name, hash, cancellationToken))
            {
                _problems.TryRemove(name, out _);
                return false;
            }

            if (IsDashboard(content))
            {
                _problems.TryRemove(name, out _);
                return false;
            }

            var definition = WorkflowJson.Read(content);
            var source = new DefinitionSource(name, hash);
            var change = await definitions.SaveAsync(definition, publish: true, cancellationToken, source);
            if (change is DefinitionChange.Invalid invalid)
            {
                Report(name, string.Join(' ', invalid.Problems));
                return false;
            }

            _problems.TryRemove(name, out _);
            Log.Taken(logger, name, definition.DefinitionId);
            return true;
        }
        catch (Exception error) when (error is WorkflowJsonException or IOException or UnauthorizedAccessException)
        {
            Report(name, error.Message);
            return false;
        }
    }

    /// <summary>By what Grafana's have and no workflow has; a workflow that is broken is still reported.</summary>
    private static bool IsDashboard(byte[] content)
    {
        try
        {
            using var document = JsonDocument.Parse(content);
            return document.RootElement is { ValueKind: JsonValueKind.Object } root && root.TryGetProperty("panels", out var panels) && panels.ValueKind == JsonValueKind.Array
                && root.TryGetProperty("schemaVersion", out _) && !root.TryGetProperty("root", out _);
        }
        catch (JsonException)
        {
            return false;
        }
    }

    private Task<bool> KnownAsync(string name, string hash, CancellationToken cancellationToken) => database.ReadAsync(
        async session => 0 < await session.ScalarAsync<long>("SELECT COUNT(*) FROM workflow_definitions WHERE source_file = @name AND source_hash = @hash", new { name, hash }, cancellationToken),
        cancellationToken);

    private void Report(string name, string message)
    {
        _problems[name] = new FileProblem(name, message, time.GetUtcNow());
        Log.Refused(logger, name, message);
    }

    private static partial class Log
    {
        [LoggerMessage(EventId = 1111, Level = LogLevel.Information, Message = "Took the workflow file {File} as {DefinitionId}.")]
        public static partial void Taken(ILogger logger, string file, string definitionId);

        [LoggerMessage(EventId = 1112, Level = LogLevel.Warning, Message = "The workflow file {File} was not taken: {Problem}")]
        public static partial void Refused(ILogger logger, string file, string problem);

        [LoggerMessage(EventId = 1113, Level = LogLevel.Error, Message = "The workflows folder could not be looked at; the next look is in a moment.")]
        public static partial void ScanFailed(ILogger logger, Exception error);
    }
}

/// <param name="Directory">Absolute; null when there is none.</param>
internal sealed record DefinitionFolderOptions(string? Directory)
{
    /// <summary>The configured folder, looked for in the working directory, then upward from the executable; one that is not there is no folder.</summary>
    public static DefinitionFolderOptions From(IConfiguration configuration)
    {
        var name = configuration["Workflows:Directory"] ?? "workflows";
        if (Path.IsPathRooted(name))
            return new(name);
        if (Path.GetFullPath(name) is var here && IsThere(here))
            return new(here);
        for (var at = new DirectoryInfo(AppContext.BaseDirectory); at is not null; at = at.Parent)
            if (Path.Combine(at.FullName, name) is var found && IsThere(found))
                return new(found);
        return new((string?)null);
    }

    private static bool IsThere(string path) => System.IO.Directory.Exists(path);
}
