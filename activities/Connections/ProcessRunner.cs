using System.ComponentModel;
using System.Diagnostics;
using System.Text;

namespace Homelab.Activities;

/// <summary>A program of this machine with its arguments as they are: no shell sees them.</summary>
internal sealed record ProcessCommand(string Program, params IReadOnlyList<string> Arguments)
{
    /// <summary>False only for what reads; everything else stops at the door of a dry run.</summary>
    public bool Changes { get; init; } = true;

    public string? Input { get; init; }

    public string? WorkingDirectory { get; init; }

    public IReadOnlyDictionary<string, string> Environment { get; init; } = new Dictionary<string, string>();

    public TimeSpan Timeout { get; init; } = TimeSpan.FromSeconds(60);

    /// <summary>Of standard output and of standard error each; more ends the program.</summary>
    public int LargestOutputBytes { get; init; } = 8 << 20;

    /// <summary>What a person is told was (or would be) run; the default shows the arguments, so set it where they hold a secret.</summary>
    public string? Shown { get; init; }

    /// <summary>Sees standard output line by line as it comes; a line that it answers true for was only for it (how far the program is) and is not kept.</summary>
    public Func<string, bool>? OnOutputLine { get; init; }

    /// <summary>The same of standard error.</summary>
    public Func<string, bool>? OnErrorLine { get; init; }

    public override string ToString() => Shown ?? string.Join(' ', [Program, .. Arguments]);
}

internal sealed record ProcessAnswer(string Command, int ExitCode, string Output, string Error)
{
    /// <summary>Takes known secrets out of what a person is shown of it.</summary>
    public Func<string, string> Scrub { get; init; } = text => text;

    /// <summary>The answer if the program succeeded; its last words otherwise.</summary>
    public ProcessAnswer Expect(bool retryable = false, params int[] also)
    {
        if (ExitCode == 0 || also.Contains(ExitCode))
            return this;
        // Before it is cut: half a secret is not known for one.
        var words = Scrub((Error.Trim().Length > 0 ? Error : Output).Trim());
        throw new ActivityException($"{Command} ended with {ExitCode}: {(words.Length > 500 ? words[^500..] : words)}", retryable);
    }
}

/// <summary>The seam to programs of this machine; tests put a recorder here.</summary>
internal interface IProcessRunner
{
    Task<ProcessAnswer> RunAsync(ProcessCommand command, ActivityContext context, CancellationToken cancellationToken);
}

/// <summary>Runs a program to its end. On time-out, cancellation or too much output the whole tree of processes is ended before it returns.</summary>
internal sealed class ProcessRunner(Secrets secrets) : IProcessRunner
{
    public async Task<ProcessAnswer> RunAsync(ProcessCommand command, ActivityContext context, CancellationToken cancellationToken)
    {
        if (command.Changes)
            DryRunPlan.Door(context, command.ToString());
        using var process = Start(command);
        using var deadline = new CancellationTokenSource(command.Timeout, context.Time);
        using var tooMuch = new CancellationTokenSource();
        using var any = CancellationTokenSource.CreateLinkedTokenSource(deadline.Token, tooMuch.Token, cancellationToken);
        try
        {
            var output = ReadAsync(process.StandardOutput, command, command.OnOutputLine, tooMuch, any.Token);
            var error = ReadAsync(process.StandardError, command, command.OnErrorLine, tooMuch, any.Token);
            await WriteAsync(process, command.Input, any.Token);
            await process.WaitForExitAsync(any.Token);
            return new(command.ToString(), process.ExitCode, await output, await error) { Scrub = secrets.Scrub };
        }
        catch (OperationCanceledException)
        {
            await EndAsync(process);
            cancellationToken.ThrowIfCancellationRequested();
            throw tooMuch.IsCancellationRequested
                ? new ActivityException($"{command} printed more than {command.LargestOutputBytes} bytes and was ended; ask for less.", retryable: false)
                : new ActivityException($"{command} did not end within {command.Timeout.TotalSeconds:0} s and was ended.", retryable: true) { Kind = FailureKind.Timeout };
        }
        catch
        {
            await EndAsync(process);
            throw;
        }
    }

    private static Process Start(ProcessCommand command)
    {
        var start = new ProcessStartInfo(command.Program)
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            UseShellExecute = false,
            StandardOutputEncoding = Encoding.UTF8,
            StandardErrorEncoding = Encoding.UTF8,
            WorkingDirectory = command.WorkingDirectory ?? "",
        };
        foreach (var argument in command.Arguments)
        {
            if (argument.Contains('\0', StringComparison.Ordinal))
                throw new ActivityException($"An argument of {command.Program} holds a NUL character.", retryable: false);
            start.ArgumentList.Add(argument);
        }

        foreach (var (name, value) in command.Environment)
            start.Environment[name] = value;
        // Messages and numbers are parsed; a translated one could not be.
        start.Environment["LC_ALL"] = "C.UTF-8";
        try
        {
            return Process.Start(start)!;
        }
        catch (Win32Exception exception)
        {
            throw new ActivityException($"{command.Program} cannot be started: {exception.Message}. Is it installed on this machine?", retryable: false);
        }
    }

    private static async Task WriteAsync(Process process, string? input, CancellationToken cancellationToken)
    {
        try
        {
            if (input is not null)
                await process.StandardInput.WriteAsync(input.AsMemory(), cancellationToken);
            process.StandardInput.Close();
        }
        catch (IOException)
        {
            // It ended without reading everything; its exit code says why.
        }
    }

    private static async Task<string> ReadAsync(
        StreamReader reader, ProcessCommand command, Func<string, bool>? onLine, CancellationTokenSource tooMuch, CancellationToken cancellationToken)
    {
        var kept = new StringBuilder();
        var line = new StringBuilder();
        var buffer = new char[8 << 10];
        int count;
        while ((count = await reader.ReadAsync(buffer, cancellationToken)) > 0)
        {
            if (onLine is null)
                kept.Append(buffer, 0, count);
            else
                Lines(buffer.AsSpan(0, count), line, kept, onLine);
            if (kept.Length + line.Length <= command.LargestOutputBytes)
                continue;
            await tooMuch.CancelAsync();
            cancellationToken.ThrowIfCancellationRequested();
        }

        return kept.Append(line).ToString();
    }

    /// <summary>A carriage return ends a line too: programs that show how far they are write over the last one.</summary>
    private static void Lines(ReadOnlySpan<char> read, StringBuilder line, StringBuilder kept, Func<string, bool> onLine)
    {
        foreach (var letter in read)
        {
            line.Append(letter);
            if (letter is not ('\n' or '\r'))
                continue;
            if (!onLine(line.ToString().TrimEnd('\r', '\n')))
                kept.Append(line);
            line.Clear();
        }
    }

    private static async Task EndAsync(Process process)
    {
        try
        {
            process.Kill(entireProcessTree: true);
            await process.WaitForExitAsync(CancellationToken.None);
        }
        catch (InvalidOperationException)
        {
            // It had ended by itself.
        }
    }
}
