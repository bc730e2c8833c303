using Microsoft.Extensions.Logging;

namespace Homelab.Activities;

/// <summary>A log that no known secret reaches: the line is made first and scrubbed whole, and an exception is told by its scrubbed text.</summary>
internal sealed class ScrubbingLogger(ILogger inner, Secrets secrets) : ILogger
{
    public IDisposable? BeginScope<TState>(TState state)
        where TState : notnull => inner.BeginScope(secrets.Scrub(state.ToString() ?? ""));

    public bool IsEnabled(LogLevel logLevel) => inner.IsEnabled(logLevel);

    public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
    {
        if (!IsEnabled(logLevel))
            return;
        var line = secrets.Scrub(formatter(state, exception) + (exception is null ? "" : Environment.NewLine + exception));
        inner.Log(logLevel, eventId, line, null, static (text, _) => text);
    }
}

internal sealed class ScrubbingProgress(IProgress<ActivityProgress> inner, Secrets secrets) : IProgress<ActivityProgress>
{
    public void Report(ActivityProgress value) => inner.Report(value with { Message = secrets.Scrub(value.Message) });
}
