/** A text as an Apex literal. */
function literal(text: string): string {
  return `'${text.replaceAll('\\', '\\\\').replaceAll("'", "\\'").replaceAll('\n', '\\n')}'`;
}

/**
 * The class that sends. Rules it keeps (Apex Developer Guide, "Execution Governors and Limits", read 2026-11): a trigger
 * may not call out, so a future method does, one per invocation whatever the number of records; from a future or a batch
 * no future may be started, so a queueable is. A limit that is passed cannot be caught and would undo the customer's
 * save, so heap, CPU time and jobs are looked at first: records beyond what fits go with their id alone.
 */
export function hookClass(given: {
  className: string;
  endpoint: string;
  instanceId: number;
  key: string;
}): string {
  const { className, endpoint, instanceId, key } = given;
  return `/** Tells Tidings of changed records. Made by Tidings, which also removes it. */
public class ${className} implements Queueable, Database.AllowsCallouts {
    private static final String ENDPOINT = ${literal(endpoint)};
    private static final Integer TIMEOUT_MS = 60000;

    private final String body;

    public ${className}(String body) {
        this.body = body;
    }

    /** Called by the triggers. Whatever goes wrong here, the save that fired them goes on. */
    public static void tell(List<SObject> records, String action) {
        try {
            if (records != null && !records.isEmpty()) {
                start(write(records, action));
            }
        } catch (Exception problem) {
            System.debug(LoggingLevel.ERROR, 'Tidings was not told: ' + problem.getMessage());
        }
    }

    private static String write(List<SObject> records, String action) {
        List<String> parts = new List<String>();
        for (SObject record : records) {
            parts.add(hasRoom() ? JSON.serialize(record) : JSON.serialize(thin(record)));
        }
        return '{"objects":[' + String.join(parts, ',') + '],"action":' + JSON.serialize(action) + '}';
    }

    private static Boolean hasRoom() {
        return Limits.getHeapSize() * 4 < Limits.getLimitHeapSize() && Limits.getCpuTime() * 2 < Limits.getLimitCpuTime();
    }

    private static Map<String, Object> thin(SObject record) {
        String type = String.valueOf(record.getSObjectType());
        return new Map<String, Object>{ 'attributes' => new Map<String, String>{ 'type' => type }, 'Id' => record.Id };
    }

    private static void start(String body) {
        Boolean isLate = System.isFuture() || System.isBatch();
        if (!isLate && Limits.getFutureCalls() < Limits.getLimitFutureCalls()) {
            sendLater(body);
        } else if (Limits.getQueueableJobs() < Limits.getLimitQueueableJobs()) {
            System.enqueueJob(new ${className}(body));
        }
    }

    @future(callout=true)
    private static void sendLater(String body) {
        send(body);
    }

    public void execute(QueueableContext context) {
        send(body);
    }

    private static void send(String body) {
        try {
            new Http().send(signed(body));
        } catch (Exception problem) {
            System.debug(LoggingLevel.ERROR, 'Tidings was not reached: ' + problem.getMessage());
        }
    }

    /** The time goes into what is signed, so that nobody can send a copy later. */
    private static HttpRequest signed(String body) {
        String payload = body.removeEnd('}') + ',"sentAt":' + String.valueOf(System.currentTimeMillis()) + '}';
        HttpRequest request = new HttpRequest();
        request.setMethod('POST');
        request.setEndpoint(ENDPOINT);
        request.setTimeout(TIMEOUT_MS);
        request.setHeader('Content-Type', 'application/json; charset=utf-8');
        request.setHeader('Element-Instances', ${literal(String(instanceId))});
        request.setHeader('X-Tidings-Signature', 'sha256=' + EncodingUtil.base64Encode(
            Crypto.generateMac('hmacSHA256', Blob.valueOf(payload), Blob.valueOf(${literal(key)}))
        ));
        request.setBody(payload);
        return request;
    }
}
`;
}
