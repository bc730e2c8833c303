using Homelab.Rules.Decisions;

namespace Homelab.Engine.Controls;

/// <summary>
/// The rules and preferences in force: read from their files, swapped whole when an edit is good. A bad edit keeps what was; a bad
/// first reading leaves nothing, and without rules and preferences nothing with an effect is executed.
/// </summary>
internal sealed partial class LiveSettings(string rulesDirectory, string preferencesFile, ILogger<LiveSettings> logger) : IDisposable
{
    private readonly SemaphoreSlim _reading = new(1, 1);
    private volatile Snapshot _current = new(null, null, [], [], "", "");

    /// <summary>Null: nothing usable was ever read.</summary>
    public DecisionPolicy? Policy => _current.Policy;

    public Preferences? Preferences => _current.Preferences;

    /// <summary>What is wrong with the files as they are now; what is in force is older then.</summary>
    public IReadOnlyList<FileProblem> Problems => [.. _current.PolicyProblems, .. _current.PreferencesProblems];

    public string PreferencesFile => preferencesFile;

    public string RulesDirectory => rulesDirectory;

    /// <summary>Reads what changed. Called at start, by the watch and after an edit through the API.</summary>
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

            var (text, unreadable) = await ReadPreferencesAsync(cancellationToken);
            var (preferences, preferencesProblems) = (before.Preferences, before.PreferencesProblems);
            if (text != before.PreferencesText)
            {
                var read = unreadable is null ? PreferencesReader.Read(Path.GetFileName(preferencesFile), text) : (null, [unreadable]);
                (preferences, preferencesProblems) = (read.Preferences ?? before.Preferences, read.Problems);
                Told("preferences", read.Preferences is not null, preferences is not null, preferencesProblems);
            }

            _current = new Snapshot(policy, preferences, policyProblems, preferencesProblems, rulesText, text);
        }
        finally
        {
            _reading.Release();
        }
    }

    /// <summary>Checks, then writes, then reads: a bad text never reaches the file.</summary>
    public async Task<IReadOnlyList<FileProblem>> SavePreferencesAsync(string text, CancellationToken cancellationToken)
    {
        var (_, problems) = PreferencesReader.Read(Path.GetFileName(preferencesFile), text);
        if (problems.Count > 0)
            return problems;
        var next = preferencesFile + ".new";
        await File.WriteAllTextAsync(next, text, cancellationToken);
        File.Move(next, preferencesFile, overwrite: true);
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
        DecisionPolicy? Policy, Preferences? Preferences, IReadOnlyList<FileProblem> PolicyProblems, IReadOnlyList<FileProblem> PreferencesProblems, string RulesText, string PreferencesText);

    private static partial class Log
    {
        [LoggerMessage(4001, LogLevel.Information, "Loaded the {What}")]
        public static partial void Loaded(ILogger logger, string what);

        [LoggerMessage(4002, LogLevel.Error, "Refused the {What}: {Consequence}. {Problems}")]
        public static partial void Refused(ILogger logger, string what, string consequence, string problems);
    }
}
