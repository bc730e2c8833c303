using Homelab.Engine.Controls;
using Homelab.Rules.Decisions;

namespace Homelab.Engine.Incidents;

/// <summary>The rules in force, beside those of the gate. An edit counts within a second; a bad edit keeps what was, and so does a file that is gone: an alert is never lost for a comma.</summary>
internal sealed partial class LiveIncidentRules(LiveSettings settings, TimeProvider time, ILogger<LiveIncidentRules> logger) : BackgroundService
{
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(1);

    private readonly FileStamps _stamps = new();
    private volatile IncidentRules _current = IncidentRules.Defaults;
    private volatile IReadOnlyList<FileProblem> _problems = [];
    private string? _text;

    public IncidentRules Current => _current;

    /// <summary>What is wrong with the file as it is now; what is in force is older then.</summary>
    public IReadOnlyList<FileProblem> Problems => _problems;

    public string File => Path.Combine(settings.RulesDirectory, IncidentRulesReader.FileName);

    public override async Task StartAsync(CancellationToken cancellationToken)
    {
        await ReloadAsync(cancellationToken);
        await base.StartAsync(cancellationToken);
    }

    public async Task ReloadAsync(CancellationToken cancellationToken)
    {
        string text;
        try
        {
            text = await System.IO.File.ReadAllTextAsync(File, cancellationToken);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            text = "\0" + exception.Message;
        }

        if (text == _text)
            return;
        _text = text;
        var (rules, problems) = text.StartsWith('\0') ? (null, [new FileProblem(File, "$", 1, $"The file cannot be read: {text[1..]}")]) : IncidentRulesReader.Read(text);
        _problems = problems;
        if (rules is null)
        {
            Log.Refused(logger, File, string.Join(Environment.NewLine, problems));
            return;
        }

        _current = rules;
        Log.Loaded(logger, rules.Rules.Count, rules.Kinds.Count);
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(Interval, time);
        while (await timer.WaitForNextTickAsync(stoppingToken))
        {
            if (_stamps.MayDiffer(() => [File]) || _problems.Count > 0)
                await ReloadAsync(stoppingToken);
        }
    }

    private static partial class Log
    {
        [LoggerMessage(5111, LogLevel.Information, "Loaded {Rules} rules for {Kinds} kinds of incidents")]
        public static partial void Loaded(ILogger logger, int rules, int kinds);

        [LoggerMessage(5112, LogLevel.Error, "Refused {File}: the rules for incidents before it stay in force. {Problems}")]
        public static partial void Refused(ILogger logger, string file, string problems);
    }
}
