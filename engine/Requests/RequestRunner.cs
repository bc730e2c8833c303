using Homelab.Engine.Approvals;
using Homelab.Engine.Dispatch;
using Homelab.Engine.Remediation;
using Homelab.Engine.Runs;
using Homelab.Engine.Storage;

namespace Homelab.Engine.Requests;

/// <summary>
/// Carries approved requests on, one step after the other. Each step with an activity is a durable run of its own, decided by the gate like any other; that it begins is stored before it is
/// sent, under a key of its own, so that a crash or a second node begins nothing twice.
/// </summary>
internal sealed partial class RequestRunner(RequestStore store, ActivityRuns runs, People people, RequestSignal signal, TimeProvider time, ILogger<RequestRunner> logger) : BackgroundService
{
    private static readonly TimeSpan Look = TimeSpan.FromSeconds(2);

    /// <summary>Between two looks at something that is expected.</summary>
    private static readonly TimeSpan Again = TimeSpan.FromSeconds(5);

    /// <summary>One look at everything that goes on.</summary>
    public async Task RunOnceAsync(CancellationToken cancellationToken)
    {
        foreach (var request in await store.ActiveAsync(cancellationToken))
        {
            try
            {
                // As far as it goes at once: what ended lets the next begin.
                for (var next = request; next is not null; next = await StepAsync(next, cancellationToken))
                {
                }
            }
#pragma warning disable CA1031 // One request that cannot go on now must not keep the others.
            catch (Exception exception) when (exception is not OperationCanceledException)
#pragma warning restore CA1031
            {
                Log.Failed(logger, exception, request.Id);
            }
        }
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        while (!stoppingToken.IsCancellationRequested)
        {
            try
            {
                await signal.WaitAsync(Look, stoppingToken);
                await RunOnceAsync(stoppingToken);
            }
            catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
            {
                return;
            }
#pragma warning disable CA1031 // A lost database must not end the loop; the next turn tries again.
            catch (Exception exception)
#pragma warning restore CA1031
            {
                Log.Failed(logger, exception, "all");
                await Task.Delay(Look, time, stoppingToken);
            }
        }
    }

    /// <returns>The request where something changed and more may be done at once; null where one has to wait.</returns>
    private async Task<Request?> StepAsync(Request request, CancellationToken cancellationToken)
    {
        var now = time.GetUtcNow();
        if (request.Steps.FirstOrDefault(step => step.State == StepState.Running) is { } running)
            return running.RunId is { } run ? await FollowAsync(request, running, new RunId(run), cancellationToken) : await SendAsync(request, running, cancellationToken);
        if (request.State != RequestState.Running)
            return null;
        if (request.Current is not { } step)
            return await EndAsync(request with { State = RequestState.Done }, "after", "info", $"Done: {request.Title} ({request.Steps.Count(one => one.State == StepState.Done)} steps).", cancellationToken);
        if (step.State != StepState.Pending || step.NotBefore > now)
            return null;
        if (step.Activity is not null)
            return await store.ChangeAsync(request.With(step with { State = StepState.Running, Attempts = step.Attempts + 1, BegunAt = now, Message = null }), null, "", cancellationToken);
        var handed = step with { State = StepState.Waiting, Attempts = step.Attempts + 1, BegunAt = now };
        return await EndAsync(request.With(handed), "ask", "warning", $"Your turn in “{request.Title}”: {step.Title}. Say when it is done.", cancellationToken, handed);
    }

    /// <summary>What was stored as begun is sent; once, whoever does it.</summary>
    private async Task<Request?> SendAsync(Request request, RequestStep step, CancellationToken cancellationToken)
    {
        if (step.LookAt > time.GetUtcNow())
            return null;
        if (!runs.TryFind(step.Activity!, out var invoker)) // a running step has an activity
            return await FailAsync(request, step, $"There is no activity '{step.Activity}' any more.", cancellationToken);
        try
        {
            var run = await runs.StartAsync(invoker.Descriptor, step.Input ?? [], dryRun: false, request.ApprovedBy ?? request.AskedBy, $"request/{request.Id}/{step.Id}/{step.Attempts}", cancellationToken);
            return await store.ChangeAsync(request.With(step with { RunId = run.Value }), null, "", cancellationToken);
        }
        catch (InboxFullException)
        {
            return null;
        }
    }

    private async Task<Request?> FollowAsync(Request request, RequestStep step, RunId run, CancellationToken cancellationToken)
    {
        if (await runs.WaitAsync(run, TimeSpan.Zero, cancellationToken) is not { } now)
            return null;
        switch (now.State)
        {
            case ActivityRun.Done when step.Expect is { } expect && Verification.Judge(expect, now.Output) is (false, var why):
                return time.GetUtcNow() < step.BegunAt + TimeSpan.FromSeconds(step.WithinSeconds)
                    ? await store.ChangeAsync(request.With(step with { RunId = null, Attempts = step.Attempts + 1, LookAt = time.GetUtcNow() + Again, Message = why }), null, "", cancellationToken)
                    : await FailAsync(request, step, why, cancellationToken);
            case ActivityRun.Done:
                return await store.ChangeAsync(request.With(step with { State = StepState.Done, EndedAt = time.GetUtcNow(), Message = null, ApprovalId = null, LookAt = null }), null, "", cancellationToken);
            case ActivityRun.Failed or ActivityRun.Refused:
                return await FailAsync(request, step, now.Message ?? "It failed.", cancellationToken);
            default:
                // Only what is new is written; then one has to wait all the same.
                var message = now.State == ActivityRun.Waits ? now.Message : now.Progress?.Message;
                if (message != step.Message || now.ApprovalId != step.ApprovalId)
                    await store.ChangeAsync(request.With(step with { Message = message, ApprovalId = now.ApprovalId }), null, "", cancellationToken);
                return null;
        }
    }

    private Task<Request?> FailAsync(Request request, RequestStep step, string why, CancellationToken cancellationToken) => EndAsync(
        request.With(step with { State = StepState.Failed, EndedAt = time.GetUtcNow(), Message = why, ApprovalId = null, LookAt = null }) with { State = request.IsOpen ? RequestState.Failed : request.State },
        "alert", "warning", $"“{request.Title}” stopped at “{step.Title}”: {why} Try it again, change it or skip it.", cancellationToken, step);

    /// <summary>Stores what a person must know together with what it tells of, then tells it.</summary>
    private async Task<Request?> EndAsync(Request request, string kind, string severity, string text, CancellationToken cancellationToken, RequestStep? step = null)
    {
        var notice = new Notice($"request-{request.Id}-{(step is null ? "end" : $"{step.Id}-{step.Attempts}")}", time.GetUtcNow(), kind, severity, false, text);
        var stored = await store.ChangeAsync(request, null, "", cancellationToken, notice);
        if (stored is not null)
            await people.TellAsync(notice, cancellationToken);
        return stored;
    }

    private static partial class Log
    {
        [LoggerMessage(4901, LogLevel.Error, "Request {Request} could not be carried on; tried again")]
        public static partial void Failed(ILogger logger, Exception exception, string request);
    }
}
