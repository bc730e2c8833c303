using Homelab.Rules.Decisions;

namespace Homelab.Engine.Controls;

/// <summary>
/// The rules and preferences in force: read from their files, swapped whole when an edit is good. A bad edit keeps what was; a bad
/// first reading leaves nothing, and without rules and preferences nothing with an effect is executed.
/// </summary>
/// <param name="saved">Null outside of a running server.</param>
internal sealed partial class LiveSettings(string rulesDirectory, string preferencesFile, ILogger<LiveSettings> logger, SavedPreferences? saved = null) : IDisposable
{
    private readonly SemaphoreSlim _reading = new(1, 1);
    private readonly FileStamps _stamps = new();
    private volatile Snapshot _current = new(null, null, [], [], "", new("", null, 0, null));

    /// <summary>Null: nothing usable was ever read.</summary>
    public DecisionPolicy? Policy => _current.Policy;

    public Preferences? Preferences => _current.Preferences;

    /// <summary>What is wrong with the files as they are now; what is in force is older then.</summary>
    public IReadOnlyList<FileProblem> Problems => [.. _current.PolicyProblems, .. _current.PreferencesProblems];

    public string PreferencesFile => preferencesFile;

    public string RulesDirectory => rulesDirectory;

    /// <summary>Reads what may have changed; called by the watch. What is wrong is read until it is right, for the time of a file says nothing of who may read it.</summary>
    public async Task LookAsync(CancellationToken cancellationToken)
    {
        var differ = _stamps.MayDiffer(() => [preferencesFile, .. Directory.EnumerateFiles(rulesDirectory, "*.json")]);
        if (differ || Problems.Count > 0 || saved is { AreShared: true })
            await ReloadAsync(cancellationToken);
    }

    /// <summary>Reads everything and takes what changed. Called at start and after an edit through the API.</summary>
    public async Task ReloadAsync(CancellationToken cancellationToken)
    {
        await _reading.WaitAsync(cancellationToken);
        try
        {
            var before = _current;
            var rules = await ReadRulesAsync(rulesDirectory, cancellationToken);
            var rulesText = string.Join('\0', rules.Files.Select(file => $"{file.Key}\0{file.Value}")) + string.Join('\0', rules.Problems);
            var (policy, policyProblems) = (before.Policy, before.PolicyProblems);
            if (rulesText != before.RulesText)
            {
                var read = rules.Problems.Count > 0 ? (Policy: null, rules.Problems) : DecisionPolicyReader.Read(rules.Files);
                (policy, policyProblems) = (read.Policy ?? before.Policy, read.Problems);
                Told("rules", read.Policy is not null, policy is not null, policyProblems);
            }

            var source = await AgreedAsync(before.Source, cancellationToken);
            var (preferences, preferencesProblems) = (before.Preferences, before.PreferencesProblems);
            if (source.Text != before.Source.Text)
            {
                var read = source.Unreadable is null ? PreferencesReader.Read(Path.GetFileName(preferencesFile), source.Text) : (null, [source.Unreadable]);
                (preferences, preferencesProblems) = (read.Preferences ?? before.Preferences, read.Problems);
                Told("preferences", read.Preferences is not null, preferences is not null, preferencesProblems);
            }

            _current = new Snapshot(policy, preferences, policyProblems, preferencesProblems, rulesText, source);
        }
        finally
        {
            _reading.Release();
        }
    }

    /// <summary>Checks, then writes, then reads: a bad text never reaches the file.</summary>
    public async Task<IReadOnlyList<FileProblem>> SavePreferencesAsync(string text, string by, CancellationToken cancellationToken)
    {
        var (_, problems) = PreferencesReader.Read(Path.GetFileName(preferencesFile), text);
        if (problems.Count > 0)
            return problems;
        if (saved is not null)
            await saved.SaveAsync(text, by, cancellationToken);
        await WriteAsync(text, cancellationToken);
        await ReloadAsync(cancellationToken);
        return [];
    }

    /// <summary>The text was checked by the caller, with the other files beside it; on a node that reads the same directory it holds a moment later.</summary>
    public async Task SaveRulesAsync(string file, string text, CancellationToken cancellationToken)
    {
        var path = Path.Combine(rulesDirectory, file);
        await File.WriteAllTextAsync(path + ".new", text, cancellationToken);
        File.Move(path + ".new", path, overwrite: true);
        await ReloadAsync(cancellationToken);
    }

    public static async Task<(IReadOnlyDictionary<string, string> Files, IReadOnlyList<FileProblem> Problems)> ReadRulesAsync(string directory, CancellationToken cancellationToken)
    {
        SortedDictionary<string, string> files = new(StringComparer.Ordinal);
        List<FileProblem> problems = [];
        try
        {
            foreach (var path in Directory.EnumerateFiles(directory, "*.json").Order(StringComparer.Ordinal))
                files[Path.GetFileName(path)] = await File.ReadAllTextAsync(path, cancellationToken);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            problems.Add(new FileProblem(directory, "$", 1, $"The rules cannot be read: {exception.Message}"));
        }

        return (files, problems);
    }

    public void Dispose() => _reading.Dispose();

    /// <summary>
    /// The file's text, or what was saved on another node since. Whoever edited last has the say: a good edit of the file is saved for all nodes, a bad one keeps what was everywhere.
    /// </summary>
    private async Task<Source> AgreedAsync(Source before, CancellationToken cancellationToken)
    {
        var (file, unreadable) = await ReadPreferencesAsync(cancellationToken);
        if (saved is not { AreShared: true } || unreadable is not null)
            return new Source(file, file, before.SavedAt, unreadable);
        try
        {
            var stored = await saved.ReadAsync(cancellationToken);
            var edited = File.Exists(preferencesFile) && (before.File is null ? stored is null || IsNewer(stored) : file != before.File);
            if (edited)
            {
                if (file != stored?.Text && PreferencesReader.Read(Path.GetFileName(preferencesFile), file).Problems.Count == 0)
                    await saved.SaveAsync(file, $"the file on {Environment.MachineName}", cancellationToken);
                return new Source(file, file, before.File is null ? stored?.SavedAt ?? 0 : before.SavedAt, null);
            }

            if (stored is null || stored.SavedAt == before.SavedAt)
                return before.File is null ? new Source(file, file, 0, null) : before with { File = file, Unreadable = null };
            if (stored.Text != file)
            {
                Log.TakenOver(logger, stored.SavedBy);
                await WriteAsync(stored.Text, cancellationToken);
            }

            return new Source(stored.Text, stored.Text, stored.SavedAt, null);
        }
        catch (Exception exception) when (exception is System.Data.Common.DbException or TimeoutException)
        {
            // Without a database nothing with an effect runs; what was in force stays.
            return before.File is null ? new Source(file, null, 0, null) : before with { Unreadable = null };
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            // The file cannot be written here: what was saved is in force all the same.
            Log.NotWritten(logger, exception, preferencesFile);
            var stored = await saved.ReadAsync(cancellationToken);
            return new Source(stored?.Text ?? file, file, stored?.SavedAt ?? 0, null);
        }
    }

    /// <summary>At the start: edited after the last saving.</summary>
    private bool IsNewer(SavedText stored) => File.Exists(preferencesFile) && new DateTimeOffset(File.GetLastWriteTimeUtc(preferencesFile)).ToUnixTimeMilliseconds() > stored.SavedAt;

    private async Task WriteAsync(string text, CancellationToken cancellationToken)
    {
        var next = preferencesFile + ".new";
        await File.WriteAllTextAsync(next, text, cancellationToken);
        File.Move(next, preferencesFile, overwrite: true);
    }

    private async Task<(string Text, FileProblem? Unreadable)> ReadPreferencesAsync(CancellationToken cancellationToken)
    {
        try
        {
            // Nobody has written preferences yet: the careful defaults hold.
            return File.Exists(preferencesFile) ? (await File.ReadAllTextAsync(preferencesFile, cancellationToken), null) : ("{}", null);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            return ("\0" + exception.Message, new FileProblem(preferencesFile, "$", 1, $"The preferences cannot be read: {exception.Message}"));
        }
    }

    private void Told(string what, bool good, bool inForce, IReadOnlyList<FileProblem> problems)
    {
        if (good)
            Log.Loaded(logger, what);
        else
            Log.Refused(logger, what, inForce ? "the ones before stay in force" : "nothing with an effect is executed", string.Join(Environment.NewLine, problems));
    }

    private sealed record Snapshot(
        DecisionPolicy? Policy, Preferences? Preferences, IReadOnlyList<FileProblem> PolicyProblems, IReadOnlyList<FileProblem> PreferencesProblems, string RulesText, Source Source);

    /// <param name="Text">Of the preferences that were looked at last.</param>
    /// <param name="File">What the file held; null before the first look.</param>
    /// <param name="SavedAt">Of what was taken over from the store.</param>
    private sealed record Source(string Text, string? File, long SavedAt, FileProblem? Unreadable);

    private static partial class Log
    {
        [LoggerMessage(4001, LogLevel.Information, "Loaded the {What}")]
        public static partial void Loaded(ILogger logger, string what);

        [LoggerMessage(4003, LogLevel.Warning, "The preferences were saved by {By} elsewhere; they are in force here now and the file was replaced")]
        public static partial void TakenOver(ILogger logger, string by);

        [LoggerMessage(4004, LogLevel.Error, "The preferences that are in force could not be written to {File}")]
        public static partial void NotWritten(ILogger logger, Exception exception, string file);

        [LoggerMessage(4002, LogLevel.Error, "Refused the {What}: {Consequence}. {Problems}")]
        public static partial void Refused(ILogger logger, string what, string consequence, string problems);
    }
}
