using System.Collections.Concurrent;
using System.Collections.Immutable;
using System.Security.Cryptography;
using Homelab.Engine.Definitions;
using Homelab.Engine.Storage;
using Homelab.Workflows.Definitions;

namespace Homelab.Engine.Playbooks;

/// <summary>
/// The playbooks of <c>workflows/playbooks/*.yaml</c>, looked at every two seconds. A bad edit keeps what was read before and says where it is wrong. Each is published as the workflow
/// it compiles to. Thread-safe.
/// </summary>
internal sealed partial class PlaybookLibrary(
    PlaybookFolder folder, PlaybookReader reader, PlaybookCompiler compiler, DefinitionService definitions, Database database, TimeProvider time, ILogger<PlaybookLibrary> logger) : BackgroundService
{
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(2);

    private readonly Dictionary<string, (DateTime Written, long Length)> _seen = [];
    private readonly ConcurrentDictionary<string, IReadOnlyList<PlaybookProblem>> _problems = new();
    private readonly SemaphoreSlim _scan = new(1, 1);
    private volatile ImmutableSortedDictionary<string, Playbook> _playbooks = ImmutableSortedDictionary<string, Playbook>.Empty;

    /// <summary>By id.</summary>
    public IReadOnlyDictionary<string, Playbook> Playbooks => _playbooks;

    public string? Directory => folder.Directory;

    public IReadOnlyList<PlaybookProblem> Problems => [.. _problems.OrderBy(pair => pair.Key, StringComparer.Ordinal).SelectMany(pair => pair.Value)];

    public IReadOnlyList<PlaybookProblem> ProblemsOf(string file) => _problems.TryGetValue(file, out var problems) ? problems : [];

    public async Task ScanAsync(CancellationToken cancellationToken)
    {
        if (folder.Directory is not { } directory || !System.IO.Directory.Exists(directory))
            return;
        await _scan.WaitAsync(cancellationToken);
        try
        {
            var files = new DirectoryInfo(directory).GetFiles("*.yaml").OrderBy(file => file.Name, StringComparer.Ordinal).ToArray();
            foreach (var file in files)
            {
                var stamp = (file.LastWriteTimeUtc, file.Length);
                if (_seen.TryGetValue(file.Name, out var seen) && seen == stamp)
                    continue;
                await TakeAsync(file, cancellationToken);
                _seen[file.Name] = stamp;
            }

            foreach (var gone in _seen.Keys.Except(files.Select(file => file.Name)).ToArray())
            {
                _seen.Remove(gone);
                _problems.TryRemove(gone, out _);
                foreach (var playbook in _playbooks.Values.Where(playbook => playbook.File == gone).ToArray())
                {
                    _playbooks = _playbooks.Remove(playbook.Id);
                    await definitions.RetractAsync(playbook.DefinitionId, cancellationToken);
                    Log.Gone(logger, gone, playbook.Id);
                }
            }
        }
        finally
        {
            _scan.Release();
        }
    }

    /// <summary>Every problem of a text that is to be a file of the folder; empty when it may be saved.</summary>
    public (Playbook? Playbook, IReadOnlyList<PlaybookProblem> Problems) Check(string file, string text)
    {
        var (playbook, problems) = reader.Read(file, text);
        return playbook is not null && _playbooks.TryGetValue(playbook.Id, out var other) && other.File != file
            ? (null, [new PlaybookProblem(file, 1, 1, "id", $"'{playbook.Id}' is the id of {other.File} already. Give it another.")])
            : (playbook, problems);
    }

    /// <summary>Writes the file when the text is right, and takes it at once.</summary>
    public async Task<IReadOnlyList<PlaybookProblem>> SaveAsync(string file, string text, CancellationToken cancellationToken)
    {
        var (playbook, problems) = Check(file, text);
        if (playbook is null)
            return problems;
        var path = Path.Combine(folder.Directory ?? throw new InvalidOperationException("There is no folder of playbooks."), file);
        await File.WriteAllTextAsync(path + ".new", text, cancellationToken);
        File.Move(path + ".new", path, overwrite: true);
        await _scan.WaitAsync(cancellationToken);
        _seen.Remove(file);
        _scan.Release();
        await ScanAsync(cancellationToken);
        return ProblemsOf(file);
    }

    public string? TextOf(Playbook playbook) =>
        folder.Directory is { } directory && playbook.File is { } file && File.Exists(Path.Combine(directory, file)) ? File.ReadAllText(Path.Combine(directory, file)) : null;

    public override async Task StartAsync(CancellationToken cancellationToken)
    {
        await ScanAsync(cancellationToken);
        await base.StartAsync(cancellationToken);
    }

    public override void Dispose()
    {
        _scan.Dispose();
        base.Dispose();
    }

    // Polling also works on network shares and container mounts, where no event comes.
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(Interval, time);
        while (await timer.WaitForNextTickAsync(stoppingToken))
        {
            try
            {
                await ScanAsync(stoppingToken);
            }
#pragma warning disable CA1031 // A lost database or disk must not end the loop; the next turn tries again.
            catch (Exception error) when (error is not OperationCanceledException)
#pragma warning restore CA1031
            {
                Log.ScanFailed(logger, error);
            }
        }
    }

    private async Task TakeAsync(FileInfo file, CancellationToken cancellationToken)
    {
        string text;
        try
        {
            text = await File.ReadAllTextAsync(file.FullName, cancellationToken);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            Refuse(file.Name, [new PlaybookProblem(file.Name, 1, 1, "", error.Message)]);
            return;
        }

        var (playbook, problems) = Check(file.Name, text);
        if (playbook is null)
        {
            Refuse(file.Name, problems);
            return;
        }

        // By what it compiles to, so that a start makes no new versions, and a product that compiles otherwise does.
        var definition = compiler.Compile(playbook);
        var source = new DefinitionSource($"playbooks/{file.Name}", Convert.ToHexString(SHA256.HashData(WorkflowJson.WriteUtf8(definition))));
        if (!await IsPublishedAsync(definition.DefinitionId, source, cancellationToken)
            && await definitions.SaveAsync(definition, publish: true, cancellationToken, source) is DefinitionChange.Invalid invalid)
        {
            Refuse(file.Name, [.. invalid.Problems.Select(problem => new PlaybookProblem(file.Name, 1, 1, "", problem))]);
            return;
        }

        // A file whose id changed leaves nothing of the old one behind.
        var renamed = _playbooks.Values.Where(other => other.File == file.Name && other.Id != playbook.Id).ToArray();
        _playbooks = _playbooks.RemoveRange(renamed.Select(other => other.Id)).SetItem(playbook.Id, playbook);
        foreach (var other in renamed)
            await definitions.RetractAsync(other.DefinitionId, cancellationToken);
        _problems.TryRemove(file.Name, out _);
        Log.Taken(logger, file.Name, playbook.Id);
    }

    private async Task<bool> IsPublishedAsync(string definitionId, DefinitionSource source, CancellationToken cancellationToken) => await database.ReadAsync(
        session => session.ScalarAsync<long>(
            "SELECT COUNT(*) FROM workflow_definitions WHERE definition_id = @definitionId AND is_published = 1 AND source_file = @File AND source_hash = @Hash",
            new { definitionId, source.File, source.Hash }, cancellationToken),
        cancellationToken) > 0;

    private void Refuse(string file, IReadOnlyList<PlaybookProblem> problems)
    {
        _problems[file] = problems;
        Log.Refused(logger, file, string.Join(Environment.NewLine, problems));
    }

    private static partial class Log
    {
        [LoggerMessage(1151, LogLevel.Information, "Took the playbook {File} as {Playbook}")]
        public static partial void Taken(ILogger logger, string file, string playbook);

        [LoggerMessage(1152, LogLevel.Warning, "The playbook {File} was not taken; what was read from it before stays. {Problems}")]
        public static partial void Refused(ILogger logger, string file, string problems);

        [LoggerMessage(1153, LogLevel.Information, "The file {File} is gone, and the playbook {Playbook} with it")]
        public static partial void Gone(ILogger logger, string file, string playbook);

        [LoggerMessage(1154, LogLevel.Error, "The folder of playbooks could not be looked at; the next look is in a moment")]
        public static partial void ScanFailed(ILogger logger, Exception error);
    }
}

/// <param name="Directory">Absolute; null when there is none.</param>
internal sealed record PlaybookFolder(string? Directory)
{
    /// <summary><c>Playbooks:Directory</c>, else <c>playbooks</c> in the folder of workflows.</summary>
    public static PlaybookFolder From(IConfiguration configuration, DefinitionFolderOptions workflows) => new(
        configuration["Playbooks:Directory"] is { Length: > 0 } configured ? Path.GetFullPath(configured) : workflows.Directory is { } directory ? Path.Combine(directory, "playbooks") : null);
}
