using System.Collections.Frozen;
using Homelab.Engine.Expressions;

namespace Homelab.Engine.Runs.Behaviors;

/// <summary>Which behaviour each of Elsa's activity types has.</summary>
internal sealed class BehaviorTable(JavaScriptEngines javaScript)
{
    private readonly FrozenDictionary<string, ActivityBehavior> _behaviors = new Dictionary<string, ActivityBehavior>
    {
        ["Elsa.Break"] = new BreakBehavior(),
        ["Elsa.BulkDispatchWorkflows"] = new BulkDispatchBehavior(),
        ["Elsa.Complete"] = new CompleteBehavior(),
        ["Elsa.Correlate"] = new CorrelateBehavior(),
        ["Elsa.Cron"] = new CronBehavior(),
        ["Elsa.Delay"] = new DelayBehavior(),
        ["Elsa.DispatchWorkflow"] = new DispatchWorkflowBehavior(),
        ["Elsa.DownloadHttpFile"] = new PerformBehavior(),
        ["Elsa.End"] = new PassBehavior(isTerminal: true),
        ["Elsa.Event"] = new EventBehavior(),
        ["Elsa.ExecuteWorkflow"] = new ExecuteWorkflowBehavior(),
        ["Elsa.Fault"] = new FaultBehavior(),
        ["Elsa.Finish"] = new FinishBehavior(),
        ["Elsa.FlowDecision"] = new FlowDecisionBehavior(),
        ["Elsa.FlowFork"] = new FlowForkBehavior(),
        ["Elsa.FlowJoin"] = new FlowJoinBehavior(),
        ["Elsa.FlowNode"] = new FlowNodeBehavior(),
        ["Elsa.FlowSendHttpRequest"] = new SendHttpRequestBehavior(isFlow: true),
        ["Elsa.FlowSwitch"] = new FlowSwitchBehavior(),
        ["Elsa.Flowchart"] = new FlowchartBehavior(),
        ["Elsa.For"] = new ForBehavior(),
        ["Elsa.ForEach"] = new ForEachBehavior(),
        ["Elsa.Fork"] = new ForkBehavior(),
        ["Elsa.HttpEndpoint"] = new HttpEndpointBehavior(),
        ["Elsa.If"] = new IfBehavior(),
        ["Elsa.NotFoundActivity"] = new NotFoundBehavior(),
        ["Elsa.Parallel"] = new ParallelBehavior(),
        ["Elsa.ParallelForEach"] = new ParallelForEachBehavior(),
        ["Elsa.PublishEvent"] = new PublishEventBehavior(),
        ["Elsa.ReadLine"] = new ReadLineBehavior(),
        ["Elsa.RunCSharp"] = new UnsupportedBehavior("C# is not run. Write it in JavaScript (Elsa.RunJavaScript) or as an NCalc expression."),
        ["Elsa.RunJavaScript"] = new RunJavaScriptBehavior(javaScript),
        ["Elsa.RunPython"] = new UnsupportedBehavior("Python is not run. Write it in JavaScript (Elsa.RunJavaScript) or as an NCalc expression."),
        ["Elsa.RunTask"] = new RunTaskBehavior(),
        ["Elsa.SendHttpRequest"] = new SendHttpRequestBehavior(isFlow: false),
        ["Elsa.Sequence"] = new SequenceBehavior(),
        ["Elsa.SetName"] = new SetNameBehavior(),
        ["Elsa.SetOutput"] = new SetOutputBehavior(),
        ["Elsa.SetVariable"] = new SetVariableBehavior(),
        ["Elsa.Start"] = new PassBehavior(),
        ["Elsa.StartAt"] = new StartAtBehavior(),
        ["Elsa.StateMachine"] = new StateMachineBehavior(),
        ["Elsa.Switch"] = new SwitchBehavior(),
        ["Elsa.Timer"] = new TimerBehavior(),
        ["Elsa.While"] = new WhileBehavior(),
        ["Elsa.Workflow"] = new WorkflowBehavior(),
        ["Elsa.WriteFileHttpResponse"] = new UnsupportedBehavior("answering with a file is not supported. Answer with Elsa.WriteHttpResponse."),
        ["Elsa.WriteHttpResponse"] = new WriteHttpResponseBehavior(),
        ["Elsa.WriteLine"] = new WriteLineBehavior(),
        ["Homelab.Incident.Opened"] = new IncidentOpenedBehavior(),
    }.ToFrozenDictionary();

    public ActivityBehavior Composite { get; } = new CompositeBehavior();

    public ActivityBehavior NotFound { get; } = new NotFoundBehavior();

    public ActivityBehavior Perform { get; } = new PerformBehavior();

    public ActivityBehavior? Find(string type) => _behaviors.GetValueOrDefault(type);
}
